/** Island `timeline`: who was where when, the index's stays behind, the overlap that makes the exposure, and the proof path. */
import "./timeline.css";

import { element, icon } from "../../dom";
import type { Texts } from "../../texts";
import { startIsland, type Setting } from "../load";
import { Card, spanText } from "./card";
import { decodeTimeline, ROLES, type TimelineData } from "./data";
import { takeHands } from "./interact";
import { zoneOffset } from "./scale";
import { dataTable } from "./table";
import { TimelineView } from "./view";

const CLOSER = 0.6;

function button(sign: SVGSVGElement, label: string, act: () => void): HTMLButtonElement {
  const made = element("button", { type: "button", class: "btn btn-icon", "aria-label": label, title: label }, sign);
  made.addEventListener("click", act);
  return made;
}

/** Previous, which step, next; walking past an end shows the whole path. */
function walker(view: TimelineView, data: TimelineData, texts: Texts): { bar: HTMLElement; step: (by: 1 | -1) => void } {
  const total = data.path.length;
  const said = element("p", { class: "lf-tl-said", "aria-live": "polite" });
  const say = (): void => {
    const now = data.path[view.current];
    if (now === undefined) said.replaceChildren(texts("path", { total }));
    else {
      const count = texts("step", { n: view.current + 1, total });
      said.replaceChildren(element("strong", {}, count), ` ${spanText(now.at, now.until, view.offset)} · ${now.label}`);
    }
  };
  const step = (by: 1 | -1): void => {
    if (total === 0) return;
    const next = view.current + by;
    view.goTo(next >= total || next < -1 ? -1 : next);
    say();
  };
  say();
  const back = button(icon("chevron-left"), texts("previous"), () => { step(-1); });
  const on = button(icon("chevron-right"), texts("next"), () => { step(1); });
  const bar = element("div", { class: "lf-tl-walk", role: "group", "aria-label": texts("path", { total }) }, back, on, said);
  bar.hidden = total === 0;
  bar.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") step(-1);
    if (event.key === "ArrowRight") step(1);
  });
  view.plot.addEventListener("click", (event) => {
    const mark = event.target instanceof Element ? event.target.closest("[data-step]") : null;
    if (mark === null) return;
    view.goTo(Number(mark.getAttribute("data-step")));
    say();
  });
  return { bar, step };
}

function legend(data: TimelineData, texts: Texts): HTMLElement {
  const used = ROLES.filter((role) => data.bars.some((bar) => bar.role === role));
  const entries = used.map((role) => element("li", {}, element("i", { class: `lf-tl-key lf-tl-key-${role}` }), texts(`role.${role}`)));
  const list = element("ul", { class: "lf-tl-legend", "aria-label": texts("legend") }, ...entries);
  if (data.more > 0) list.append(element("li", { class: "lf-late" }, texts("more", { n: data.more })));
  return list;
}

function draw(stage: HTMLElement, data: TimelineData, setting: Setting): void {
  const { root, texts } = setting;
  stage.classList.add("lf-tl");
  const offset = zoneOffset(root.dataset["zone"] ?? "Asia/Shanghai");
  const bar = stage.appendChild(element("div", { class: "lf-tl-bar d-print-none" }));
  const view = new TimelineView(stage, data, setting, offset);
  const walk = walker(view, data, texts);
  bar.append(
    walk.bar,
    element(
      "div",
      { class: "lf-tl-zoom", role: "group", "aria-label": texts("zoom") },
      button(icon("zoom-out"), texts("zoom-out"), () => { view.zoom(1 / CLOSER); }),
      button(icon("zoom-in"), texts("zoom-in"), () => { view.zoom(CLOSER); }),
      button(icon("zoom-reset"), texts("fit"), () => { view.fit(); }),
    ),
  );
  const card = new Card(stage, new Map(data.lanes.map((lane) => [lane.id, lane])), setting, offset);
  const barAt = (target: EventTarget | null): string | null => (target instanceof Element ? target.getAttribute("data-bar") : null);
  view.plot.addEventListener("pointermove", (event) => {
    const hovered = view.bars.get(barAt(event.target) ?? "");
    if (hovered && event.pointerType === "mouse" && event.buttons === 0) card.show(hovered, event, false);
    else card.hide(event.buttons !== 0);
  });
  view.plot.addEventListener("pointerleave", () => { card.hide(false); });
  takeHands(view, {
    onStep: walk.step,
    onPick: (event) => {
      const picked = view.bars.get(barAt(event.target) ?? "");
      if (picked) card.show(picked, event, true);
      else card.hide(true);
    },
  });
  stage.append(legend(data, texts), dataTable(data, texts, offset));
}

export function mount(root: HTMLElement): void {
  startIsland(root, { decode: decodeTimeline, isEmpty: (data) => data.lanes.length === 0, draw });
}
