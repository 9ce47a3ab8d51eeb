/** The card of one stay: at the pointer while it hovers, kept with its link after a click or tap. */
import { element } from "../../dom";
import type { Texts } from "../../texts";
import type { Setting } from "../load";
import type { Bar, Lane } from "./data";
import { instantLabel, type OffsetAt } from "./scale";

const EDGE = 8;

/** 2 d 3 h, 3 h 30 min, 45 min; the units' words come from the server. */
export function durationText(seconds: number, texts: Texts): string {
  const minutes = Math.round(seconds / 60);
  const parts: [number, string][] = [
    [Math.floor(minutes / 1440), "days"],
    [Math.floor((minutes % 1440) / 60), "hours"],
    [minutes % 60, "minutes"],
  ];
  const said = parts.filter(([count]) => count > 0).slice(0, 2);
  return (said.length > 0 ? said : ([[0, "minutes"]] as [number, string][])).map(([n, key]) => texts(key, { n })).join(" ");
}

/** From–until of a span, the day told once when it is the same. */
export function spanText(start: number, end: number, offset: OffsetAt): string {
  const from = instantLabel(start, offset);
  const until = instantLabel(end, offset);
  return from.slice(0, 5) === until.slice(0, 5) ? `${from}–${until.slice(6)}` : `${from} – ${until}`;
}

export class Card {
  private readonly box: HTMLElement;
  private readonly texts: Texts;
  private kept = false;

  constructor(
    stage: HTMLElement,
    private readonly lanes: Map<string, Lane>,
    setting: Setting,
    private readonly offset: OffsetAt,
  ) {
    this.texts = setting.texts;
    this.box = element("div", { class: "lf-tl-card card", hidden: true });
    stage.append(this.box);
    const close = (event: KeyboardEvent): void => {
      if (event.key === "Escape") this.hide(true);
    };
    document.addEventListener("keydown", close, { signal: setting.gone });
  }

  private fill(bar: Bar): void {
    const lane = this.lanes.get(bar.lane)?.label ?? "";
    this.box.replaceChildren(
      element("strong", {}, bar.label === "" ? this.texts(`role.${bar.role}`) : bar.label),
      element("span", { class: "lf-soft" }, this.texts(`role.${bar.role}`)),
      element("span", {}, lane),
      element("span", {}, `${spanText(bar.start, bar.end, this.offset)} · ${durationText(bar.end - bar.start, this.texts)}`),
    );
    if (this.kept && bar.href !== "") this.box.append(element("a", { href: bar.href }, this.texts("open")));
  }

  /** Show at a point of the viewport; `keep` lets it stay, with its link, until something else is clicked. */
  show(bar: Bar, at: { clientX: number; clientY: number }, keep: boolean): void {
    if (this.kept && !keep) return;
    this.kept = keep;
    this.fill(bar);
    this.box.hidden = false;
    const { offsetWidth, offsetHeight } = this.box;
    const left = Math.min(at.clientX + EDGE, document.documentElement.clientWidth - offsetWidth - EDGE);
    const below = at.clientY + EDGE + 4;
    const top = below + offsetHeight > innerHeight ? at.clientY - offsetHeight - EDGE : below;
    this.box.style.left = `${Math.max(left, EDGE)}px`;
    this.box.style.top = `${Math.max(top, EDGE)}px`;
  }

  hide(evenKept: boolean): void {
    if (this.kept && !evenKept) return;
    this.kept = false;
    this.box.hidden = true;
  }
}
