/** The plot's state and its drawing: which span, which lanes, which step. It redraws at most once a frame. */
import { element, icon, svg } from "../../dom";
import type { Texts } from "../../texts";
import type { Setting } from "../load";
import type { Bar, TimelineData } from "./data";
import { drawAxis, drawGrid, drawLane, drawPath, type View } from "./draw";
import { barTop, BAR_H, lanesIn, layOut, type LaneLayout } from "./lanes";
import { spread, type Point } from "./path";
import { axis, kept, x, zoomed, type OffsetAt, type Window } from "./scale";

const NARROW_PX = 640;
const HEAD_NARROW = 24;
const AHEAD_PX = 300;
const GLIDE_MS = 220;

export class TimelineView {
  readonly scroll: HTMLElement;
  readonly plot: SVGSVGElement;
  readonly bars: Map<string, Bar>;
  window: Window;
  layouts: LaneLayout[] = [];
  current = -1;
  private readonly texts: Texts;
  private readonly axisSvg: SVGSVGElement;
  private readonly names: HTMLElement;
  private readonly opened = new Set<string>();
  private readonly measured = new Map<string, number>();
  private readonly pen: CanvasRenderingContext2D | null;
  private width = 0;
  private narrow = false;
  private waiting = 0;
  private gliding = 0;
  private everything = false;

  constructor(
    stage: HTMLElement,
    private readonly data: TimelineData,
    setting: Setting,
    readonly offset: OffsetAt,
  ) {
    const { texts } = setting;
    this.texts = texts;
    this.bars = new Map(data.bars.map((bar) => [bar.id, bar]));
    this.window = this.whole();
    this.pen = document.createElement("canvas").getContext("2d");
    this.axisSvg = svg("svg", { class: "lf-tl-axis", "aria-hidden": "true" });
    this.plot = svg("svg", { class: "lf-tl-plot", role: "img", "aria-label": texts("plot") });
    this.names = element("div", { class: "lf-tl-names" });
    this.scroll = element(
      "div",
      { class: "lf-tl-scroll", tabindex: 0, role: "group", "aria-label": texts("keys") },
      element("div", { class: "lf-tl-corner" }),
      this.axisSvg,
      this.names,
      this.plot,
    );
    stage.append(this.scroll);
    this.watch(setting.gone);
  }

  /** The data's own span with a little air. */
  whole(): Window {
    const air = (this.data.until - this.data.from) * 0.02;
    return { from: this.data.from - air, until: this.data.until + air };
  }

  private watch(gone: AbortSignal): void {
    new ResizeObserver(() => {
      this.resize();
    }).observe(this.scroll);
    this.scroll.addEventListener("scroll", () => {
      this.redraw();
    });
    addEventListener("beforeprint", () => {
      this.everything = true;
      this.draw();
      this.everything = false;
    }, { signal: gone });
  }

  private resize(): void {
    const narrow = this.scroll.clientWidth < NARROW_PX;
    this.scroll.classList.toggle("lf-tl-narrow", narrow);
    const width = this.plot.clientWidth;
    if (width === this.width && narrow === this.narrow) return;
    if (narrow !== this.narrow || this.layouts.length === 0) {
      this.narrow = narrow;
      this.relayout();
    }
    this.width = this.plot.clientWidth;
    this.redraw();
  }

  private relayout(): void {
    this.layouts = layOut(this.data, this.opened, this.narrow ? HEAD_NARROW : 0);
    this.names.replaceChildren(...this.layouts.map((layout) => this.name(layout)));
    const height = String(this.height());
    this.plot.style.height = `${height}px`;
    this.names.style.height = `${height}px`;
  }

  private height(): number {
    const last = this.layouts.at(-1);
    return last ? last.top + last.height : 0;
  }

  private name(layout: LaneLayout): HTMLElement {
    const { lane } = layout;
    const label = lane.href === "" ? element("span", {}, lane.label) : element("a", { href: lane.href }, lane.label);
    label.classList.add("lf-ellipsis");
    label.title = lane.label;
    const box = element("div", { class: "lf-tl-name" }, label);
    if (lane.kind !== "") box.append(element("span", { class: "lf-tl-kind lf-ellipsis" }, this.texts(`place.${lane.kind}`)));
    if (layout.squeezed > 0 || this.opened.has(lane.id)) box.append(this.opener(layout));
    box.style.top = `${layout.top}px`;
    box.style.height = this.narrow ? `${HEAD_NARROW}px` : `${layout.height}px`;
    return box;
  }

  private opener(layout: LaneLayout): HTMLButtonElement {
    const isOpen = this.opened.has(layout.lane.id);
    const text = isOpen ? this.texts("fewer") : this.texts("squeezed", { n: layout.squeezed });
    const button = element("button", { type: "button", class: "lf-tl-opener", "aria-expanded": String(isOpen) }, text, icon(isOpen ? "chevron-up" : "chevron-down"));
    button.addEventListener("click", () => {
      if (isOpen) this.opened.delete(layout.lane.id);
      else this.opened.add(layout.lane.id);
      this.relayout();
      this.redraw();
    });
    return button;
  }

  private readonly measure = (text: string): number => {
    let width = this.measured.get(text);
    if (width === undefined) {
      if (this.pen !== null && this.measured.size === 0) this.pen.font = `12px ${getComputedStyle(this.scroll).fontFamily}`;
      width = this.pen?.measureText(text).width ?? text.length * 12;
      this.measured.set(text, width);
    }
    return width;
  };

  /** Draw in the next frame. */
  redraw(): void {
    if (this.waiting !== 0) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = 0;
      this.draw();
    });
  }

  private draw(): void {
    if (this.width <= 0) return;
    const marks = this.points();
    const view: View = { window: this.window, width: this.width, measure: this.measure, marks };
    const ticks = axis(this.window, this.width, this.offset);
    const top = this.scroll.scrollTop - AHEAD_PX;
    const bottom = this.scroll.scrollTop + this.scroll.clientHeight + AHEAD_PX;
    const shown = this.everything ? this.layouts : lanesIn(this.layouts, top, bottom);
    const lanes = shown.map((layout) => drawLane(layout, view, this.layouts.indexOf(layout) % 2 === 1));
    this.axisSvg.replaceChildren(...drawAxis(ticks, view));
    const grounds = svg("g", {});
    for (const lane of lanes) if (lane.firstElementChild) grounds.append(lane.firstElementChild);
    this.plot.replaceChildren(grounds, drawGrid(ticks, view, this.height()), ...lanes, drawPath(marks, this.current));
  }

  /** Where each step's mark stands: on the stay it speaks of, else in the middle of its lane. */
  private points(): Point[] {
    return spread(
      this.data.path.map((step) => {
        const layout = this.layouts.find((one) => one.lane.id === step.lane);
        if (layout === undefined) return { x: 0, y: 0 };
        const near = layout.front
          .filter(({ bar }) => bar.start <= step.at && step.at <= bar.end)
          .sort((a, b) => Number(b.bar.role === "overlap") - Number(a.bar.role === "overlap") || Math.abs(a.bar.start - step.at) - Math.abs(b.bar.start - step.at))[0];
        const y = near ? barTop(layout, near.row) + BAR_H / 2 : layout.top + layout.rowsTop + BAR_H / 2;
        return { x: x(this.window, this.width, step.at), y };
      }),
    );
  }

  /** Show another span at once. */
  show(window: Window): void {
    cancelAnimationFrame(this.gliding);
    this.window = kept(window, this.data);
    this.redraw();
  }

  /** Move to another span so that the eye can follow; at once when less motion is wanted. */
  glide(target: Window): void {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.show(target);
      return;
    }
    cancelAnimationFrame(this.gliding);
    const from = this.window;
    const began = performance.now();
    const frame = (now: number): void => {
      const part = Math.min((now - began) / GLIDE_MS, 1);
      const eased = part * (2 - part);
      const mix = (a: number, b: number): number => a + (b - a) * eased;
      this.window = kept({ from: mix(from.from, target.from), until: mix(from.until, target.until) }, this.data);
      this.redraw();
      if (part < 1) this.gliding = requestAnimationFrame(frame);
    };
    this.gliding = requestAnimationFrame(frame);
  }

  /** Zoom around an instant (the middle if none is given). */
  zoom(factor: number, anchor = (this.window.from + this.window.until) / 2, smooth = true): void {
    const whole = this.whole();
    const target = zoomed(this.window, factor, anchor, (whole.until - whole.from) * 1.5);
    if (smooth) this.glide(target);
    else this.show(target);
  }

  /** Pan by a part of the visible span. */
  pan(part: number): void {
    const move = (this.window.until - this.window.from) * part;
    this.show({ from: this.window.from + move, until: this.window.until + move });
  }

  fit(): void {
    this.glide(this.whole());
  }

  /** Show step `index` of the proof path with the one before it in sight. -1 shows all. */
  goTo(index: number): void {
    this.current = index;
    const step = this.data.path[index];
    if (step === undefined) {
      this.fit();
      return;
    }
    const before = this.data.path[index - 1] ?? step;
    const from = Math.min(before.at, step.at);
    const until = Math.max(step.until, step.at, before.at);
    const air = Math.max((until - from) * 0.35, 3600);
    this.glide({ from: from - air, until: until + air });
    const layout = this.layouts.find((one) => one.lane.id === step.lane);
    if (layout) this.scroll.scrollTo({ top: layout.top - this.scroll.clientHeight / 3, behavior: "smooth" });
  }
}
