/** Where every bar stands: rows inside lanes, lanes under each other. Pure; pixels from the top of the plot. */
import type { Bar, Lane, TimelineData } from "./data";

export const BAR_H = 18;
export const ROW_H = 22;
const CAPTION_H = 16;
const PAD = 7;
const STRIP_H = 8;
/** Rows of a lane that is not opened; the rest is one thin strip. */
export const MOST_ROWS = 5;

export interface Placed {
  bar: Bar;
  /** Row inside the lane; -1 = in the strip of those that found no row. */
  row: number;
  /** An overlap drawn upon the stay it highlights, which carries the label. */
  carried: boolean;
}

export interface LaneLayout {
  lane: Lane;
  top: number;
  height: number;
  /** Distance from the lane's top to its first row. */
  rowsTop: number;
  /** Index and source stays: drawn behind, over the lane's whole height. */
  behind: Bar[];
  front: Placed[];
  /** Bars that found no row. */
  squeezed: number;
  rows: number;
}

function covers(carrier: Bar, overlap: Bar): boolean {
  return carrier.start <= overlap.start && overlap.end <= carrier.end;
}

/** The stay that an overlap highlights: by name, else the one around it with the same label, else any around it. */
function carrierOf(overlap: Bar, stays: Bar[]): Bar | undefined {
  if (overlap.of !== "") return stays.find((stay) => stay.id === overlap.of);
  const around = stays.filter((stay) => covers(stay, overlap));
  return around.find((stay) => stay.label === overlap.label) ?? around[0];
}

function firstFree(rows: Bar[][], bar: Bar): number {
  const free = rows.findIndex((taken) => taken.every((other) => other.end <= bar.start || other.start >= bar.end));
  return free >= 0 ? free : rows.length;
}

/** First-fit rows; those in `first` are served before the others, so that the proof is never squeezed away. */
export function packRows(stays: Bar[], first: Set<Bar>, most: number): Map<Bar, number> {
  const order = [...stays].sort((a, b) => Number(first.has(b)) - Number(first.has(a)) || a.start - b.start || a.end - b.end);
  const rows: Bar[][] = [];
  const placed = new Map<Bar, number>();
  for (const bar of order) {
    const row = firstFree(rows, bar);
    if (row >= most) {
      placed.set(bar, -1);
      continue;
    }
    (rows[row] ??= []).push(bar);
    placed.set(bar, row);
  }
  return placed;
}

function layOutLane(lane: Lane, bars: Bar[], most: number): Omit<LaneLayout, "top"> {
  const behind = bars.filter((bar) => bar.role === "index" || bar.role === "source");
  const stays = bars.filter((bar) => bar.role === "exposed" || bar.role === "other");
  const carriers = new Map(bars.filter((bar) => bar.role === "overlap").map((bar) => [bar, carrierOf(bar, stays)]));
  const loose = [...carriers].filter(([, carrier]) => carrier === undefined).map(([bar]) => bar);
  const carrying = new Set([...carriers].map(([bar, carrier]) => carrier ?? bar));
  const placed = packRows([...stays, ...loose], carrying, most);
  const front: Placed[] = [...placed].map(([bar, row]) => ({ bar, row, carried: false }));
  for (const [bar, carrier] of carriers) {
    if (carrier !== undefined) front.push({ bar, row: placed.get(carrier) ?? -1, carried: true });
  }
  const rows = Math.max(1, ...[...placed.values()].map((row) => row + 1));
  const squeezed = [...placed.values()].filter((row) => row < 0).length;
  const rowsTop = PAD + (behind.length > 0 ? CAPTION_H : 0);
  const height = rowsTop + rows * ROW_H + (squeezed > 0 ? STRIP_H : 0) + PAD;
  return { lane, height, rowsTop, behind, front, squeezed, rows };
}

/** All lanes, in the server's order. `opened`: ids shown with every row. `head`: pixels above each lane for its name. */
export function layOut(data: TimelineData, opened: Set<string>, head: number): LaneLayout[] {
  const byLane = new Map<string, Bar[]>(data.lanes.map((lane) => [lane.id, []]));
  for (const bar of data.bars) byLane.get(bar.lane)?.push(bar);
  let top = 0;
  return data.lanes.map((lane) => {
    const most = opened.has(lane.id) ? Infinity : MOST_ROWS;
    const inner = layOutLane(lane, byLane.get(lane.id) ?? [], most);
    const made = { ...inner, top, height: inner.height + head, rowsTop: inner.rowsTop + head };
    top += made.height;
    return made;
  });
}

/** Top of a placed bar, from the top of the plot. */
export function barTop(layout: LaneLayout, row: number): number {
  return layout.top + layout.rowsTop + (row < 0 ? layout.rows : row) * ROW_H;
}

/** Lanes that meet [top, bottom). */
export function lanesIn(layouts: LaneLayout[], top: number, bottom: number): LaneLayout[] {
  return layouts.filter((one) => one.top < bottom && one.top + one.height > top);
}
