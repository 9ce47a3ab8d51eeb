/** Pieces of the plot as SVG: lanes with their bars, the axis, the proof path. */
import { svg } from "../../dom";
import type { Bar, Role } from "./data";
import { declutter, placeLabel, shortened, type Measure, type Span } from "./labels";
import { BAR_H, barTop, type LaneLayout, type Placed } from "./lanes";
import { curve, MARK_R, type Point } from "./path";
import { x, type Axis, type Window } from "./scale";

export interface View {
  window: Window;
  width: number;
  measure: Measure;
  /** Marks of the proof path: labels step aside for them. */
  marks: Point[];
}

/** A stay is never drawn thinner than this; an overlap must be seen. */
const LEAST_W: Record<Role, number> = { index: 3, source: 3, exposed: 2, other: 2, overlap: 4 };
const STRIP_BAR_H = 6;
const TEXT_DROP = 13;

function visible(bar: Bar, view: View): boolean {
  return bar.end >= view.window.from && bar.start <= view.window.until;
}

function spanOf(bar: Bar, view: View): Span {
  const left = x(view.window, view.width, bar.start);
  const right = x(view.window, view.width, bar.end);
  return { left, width: Math.max(right - left, LEAST_W[bar.role]) };
}

/** The part of a bar inside the plot, where its label may stand. */
function clipped(span: Span, view: View): Span {
  const left = Math.max(span.left, 0);
  return { left, width: Math.min(span.left + span.width, view.width) - left };
}

/** Where a label may stand in a bar whose middle is at `middle`: after the mark that covers its beginning. */
function labelRoom(span: Span, middle: number, view: View): Span {
  const room = clipped(span, view);
  const mark = view.marks.find((one) => Math.abs(one.y - middle) < MARK_R && Math.abs(one.x - room.left) < 2 * MARK_R);
  if (mark === undefined) return room;
  const left = Math.max(room.left, mark.x + MARK_R);
  return { left, width: Math.max(room.left + room.width - left, 0) };
}

function rect(bar: Bar, span: Span, y: number, height: number): SVGRectElement {
  // Far outside the plot a browser's numbers lose precision: draw only a little more than the plot.
  const left = Math.max(span.left, -20);
  const width = Math.min(span.left + span.width, 20000) - left;
  const radius = Math.min(3, span.width / 2);
  return svg("rect", { class: `lf-tl-${bar.role}`, "data-bar": bar.id, x: left, y, width: Math.max(width, 1), height, rx: radius });
}

function drawBehind(layout: LaneLayout, view: View): SVGElement[] {
  const bars = layout.behind.filter((bar) => visible(bar, view));
  const top = layout.top + layout.rowsTop - 18;
  const height = layout.top + layout.height - top - 4;
  const spans = bars.map((bar) => clipped(spanOf(bar, view), view));
  const wanted = bars.flatMap((bar, index) => {
    const left = (spans[index]?.left ?? 0) + 5;
    const text = shortened(bar.label, view.width - left, view.measure);
    return text === "" ? [] : [{ left, width: view.measure(text), text, role: bar.role }];
  });
  const captions = declutter(wanted).flatMap((index) => {
    const caption = wanted[index];
    if (caption === undefined) return [];
    return [svg("text", { class: `lf-tl-caption lf-tl-caption-${caption.role}`, x: caption.left, y: top + 12 }, caption.text)];
  });
  return [...bars.map((bar) => rect(bar, spanOf(bar, view), top, height)), ...captions];
}

/** Whether the pixel where a label begins lies under an overlap. */
function isDark(left: number, above: Span[]): boolean {
  return above.some((span) => span.left <= left + 3 && span.left + span.width > left + 3);
}

function drawRow(row: Placed[], layout: LaneLayout, view: View): SVGElement[] {
  const top = barTop(layout, row[0]?.row ?? 0);
  const below = row.filter(({ carried }) => !carried).sort((a, b) => a.bar.start - b.bar.start);
  const above = row.filter(({ carried }) => carried);
  const drawn: SVGElement[] = [...below, ...above].map(({ bar }) => rect(bar, spanOf(bar, view), top, BAR_H));
  const spans = below.map(({ bar }) => spanOf(bar, view));
  const dark = row.filter(({ bar }) => bar.role === "overlap").map(({ bar }) => spanOf(bar, view));
  for (const [index, { bar }] of below.entries()) {
    const span = spans[index];
    const next = spans[index + 1]?.left ?? view.width;
    const label = span && placeLabel(bar.label, labelRoom(span, top + BAR_H / 2, view), next, view.measure);
    if (label === undefined) continue;
    const tone = label.inside ? (isDark(label.left, dark) ? "lf-tl-on-dark" : "lf-tl-on-light") : "lf-tl-on-ground";
    drawn.push(svg("text", { class: `lf-tl-label ${tone}`, x: label.left, y: top + TEXT_DROP }, label.text));
  }
  return drawn;
}

/** One lane: its ground, the stays behind, rows of bars with their labels, and the strip of those without a row. */
export function drawLane(layout: LaneLayout, view: View, odd: boolean): SVGGElement {
  const group = svg("g", { "data-lane": layout.lane.id });
  group.append(svg("rect", { class: odd ? "lf-tl-lane lf-tl-odd" : "lf-tl-lane", x: 0, y: layout.top, width: view.width, height: layout.height }));
  group.append(...drawBehind(layout, view));
  const rows = new Map<number, Placed[]>();
  for (const placed of layout.front) {
    if (!visible(placed.bar, view)) continue;
    const row = rows.get(placed.row);
    if (row) row.push(placed);
    else rows.set(placed.row, [placed]);
  }
  for (const [row, bars] of rows) {
    if (row >= 0) group.append(...drawRow(bars, layout, view));
    else group.append(...bars.map(({ bar }) => rect(bar, spanOf(bar, view), barTop(layout, -1), STRIP_BAR_H)));
  }
  return group;
}

/** Vertical lines of the ticks over the whole height. */
export function drawGrid(axis: Axis, view: View, height: number): SVGGElement {
  const group = svg("g", {});
  const lines = (ticks: { at: number }[], css: string): void => {
    for (const { at } of ticks) {
      const left = x(view.window, view.width, at);
      if (left >= 0) group.append(svg("line", { class: css, x1: left, x2: left, y1: 0, y2: height }));
    }
  };
  lines(axis.minor, "lf-tl-minor");
  lines(axis.major, "lf-tl-major");
  return group;
}

/** The two rows of the axis; the first of the upper row stays in sight at the left. */
export function drawAxis(axis: Axis, view: View): SVGElement[] {
  const place = (ticks: Axis["minor"], y: number, css: string, pinned: boolean): SVGElement[] => {
    const spans = ticks.map((tick) => {
      const left = x(view.window, view.width, tick.at);
      return { left: pinned ? Math.max(left, 0) + 4 : left + 4, width: view.measure(tick.label) };
    });
    // A pinned label gives way to the next one that comes near.
    const order = pinned ? [...spans.keys()].reverse() : [...spans.keys()];
    const kept = new Set(declutter(order.map((index) => spans[index] ?? { left: 0, width: 0 })).map((at) => order[at]));
    const fits = (index: number): boolean => (spans[index]?.left ?? 0) + (spans[index]?.width ?? 0) <= view.width;
    return ticks.flatMap((tick, index) => (kept.has(index) && fits(index) ? [svg("text", { class: css, x: spans[index]?.left, y }, tick.label)] : []));
  };
  return [...place(axis.major, 14, "lf-tl-tick lf-tl-tick-major", true), ...place(axis.minor, 31, "lf-tl-tick", false)];
}

/** Numbered marks and the curves between them; `current` is the step shown, -1 = all alike. */
export function drawPath(points: Point[], current: number): SVGGElement {
  const group = svg("g", { class: "lf-tl-path" });
  for (const [index, point] of points.entries()) {
    const before = points[index - 1];
    if (before === undefined) continue;
    const shape = curve(before, point);
    const css = current < 0 || index <= current ? "lf-tl-done" : "lf-tl-ahead";
    group.append(svg("path", { class: `lf-tl-curve ${css}`, d: shape.d }), svg("polygon", { class: `lf-tl-head ${css}`, points: shape.head }));
  }
  for (const [index, point] of points.entries()) {
    const css = index === current ? "lf-tl-mark lf-tl-current" : current >= 0 && index > current ? "lf-tl-mark lf-tl-ahead" : "lf-tl-mark";
    const number = svg("text", { x: point.x, y: point.y + 4 }, String(index + 1));
    group.append(svg("g", { class: css, "data-step": index }, svg("circle", { cx: point.x, cy: point.y, r: index === current ? MARK_R + 3 : MARK_R }), number));
  }
  return group;
}
