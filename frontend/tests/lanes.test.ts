import { describe, expect, it } from "vitest";

import type { Bar, Role, TimelineData } from "../src/islands/timeline/data";
import { barTop, lanesIn, layOut, MOST_ROWS, packRows } from "../src/islands/timeline/lanes";

let made = 0;
function bar(start: number, end: number, role: Role = "exposed", more: Partial<Bar> = {}): Bar {
  made += 1;
  return { id: String(made), lane: "p", start, end, label: "", role, href: "", of: "", ...more };
}

function data(bars: Bar[]): TimelineData {
  const lanes = ["p", "q"].map((id) => ({ id, label: id, kind: "", href: "" }));
  return { from: 0, until: 100, lanes, bars, path: [], more: 0 };
}

describe("rows", () => {
  it("never hold two stays at once, and half-open spans may touch", () => {
    const [a, b, c] = [bar(0, 10), bar(10, 20), bar(5, 15)];
    const rows = packRows([a, b, c], new Set(), Infinity);
    expect([rows.get(a), rows.get(b), rows.get(c)]).toEqual([0, 0, 1]);
  });

  it("serve the stays of an exposure first when room is short", () => {
    const others = Array.from({ length: 6 }, () => bar(0, 50));
    const proof = bar(10, 20);
    expect(packRows([...others, proof], new Set([proof]), 2).get(proof)).toBe(0);
  });

  it("hold for random stays", () => {
    const bars = Array.from({ length: 300 }, (_, index) => {
      const start = (index * 7919) % 1000;
      return bar(start, start + 1 + ((index * 104729) % 60));
    });
    const rows = [...packRows(bars, new Set(), Infinity)];
    for (const [one, row] of rows) {
      for (const [other, same] of rows) {
        if (one !== other && row === same) expect(one.end <= other.start || other.end <= one.start).toBe(true);
      }
    }
  });
});

describe("lanes", () => {
  it("draw index and source behind, an overlap on its stay", () => {
    const stay = bar(0, 30, "exposed", { label: "A" });
    const other = bar(0, 40, "exposed", { label: "B" });
    const overlap = bar(5, 20, "overlap", { label: "B" });
    const [lane] = layOut(data([bar(0, 50, "index"), stay, other, overlap]), new Set(), 0);
    const row = lane?.front.find((one) => one.bar === other)?.row;
    expect(lane?.behind).toHaveLength(1);
    expect(lane?.front.find((one) => one.bar === overlap)).toEqual({ bar: overlap, row, carried: true });
  });

  it("obey the overlap's own word on which stay it marks, and show one without a stay by itself", () => {
    const [a, b] = [bar(0, 30), bar(0, 30)];
    const named = bar(5, 6, "overlap", { of: b.id });
    const loose = bar(60, 70, "overlap");
    const [lane] = layOut(data([a, b, named, loose]), new Set(), 0);
    const rowOf = (wanted: Bar): number | undefined => lane?.front.find((one) => one.bar === wanted)?.row;
    expect(rowOf(named)).toBe(rowOf(b));
    expect(lane?.front.find((one) => one.bar === loose)?.carried).toBe(false);
  });

  it("squeeze what exceeds their rows, unless they are opened", () => {
    const crowd = Array.from({ length: MOST_ROWS + 3 }, () => bar(0, 10));
    const [closed] = layOut(data(crowd), new Set(), 0);
    const [opened] = layOut(data(crowd), new Set(["p"]), 0);
    expect([closed?.rows, closed?.squeezed]).toEqual([MOST_ROWS, 3]);
    expect([opened?.rows, opened?.squeezed]).toEqual([MOST_ROWS + 3, 0]);
  });

  it("stand under each other without gaps and contain their bars", () => {
    const lanes = layOut(data([bar(0, 10), bar(0, 10, "exposed", { lane: "q" })]), new Set(), 20);
    expect(lanes[1]?.top).toBe(lanes[0]?.height);
    for (const lane of lanes) {
      for (const { row } of lane.front) expect(barTop(lane, row)).toBeGreaterThan(lane.top + 20);
    }
    expect(lanesIn(lanes, 0, 1)).toHaveLength(1);
  });
});
