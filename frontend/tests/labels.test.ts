import { describe, expect, it } from "vitest";

import { declutter, placeLabel, shortened } from "../src/islands/timeline/labels";
import { curve, MARK_R, spread } from "../src/islands/timeline/path";

const measure = (text: string): number => text.length * 10;

describe("declutter", () => {
  it("keeps the first of those that touch", () => {
    expect(declutter([{ left: 0, width: 50 }, { left: 40, width: 50 }, { left: 60, width: 10 }])).toEqual([0, 2]);
  });

  it("leaves no two kept labels closer than the gap", () => {
    const spans = Array.from({ length: 200 }, (_, index) => ({ left: (index * 7919) % 2000, width: 10 + ((index * 31) % 70) }));
    const kept = declutter(spans, 6).map((index) => spans[index] ?? { left: 0, width: 0 });
    for (const a of kept) {
      for (const b of kept) {
        if (a !== b) expect(a.left + a.width + 6 <= b.left || b.left + b.width + 6 <= a.left).toBe(true);
      }
    }
  });
});

describe("a bar's label", () => {
  it("stands inside when it fits", () => {
    expect(placeLabel("abc", { left: 100, width: 60 }, 400, measure)).toEqual({ text: "abc", left: 106, inside: true });
  });

  it("stands behind when the row is free there", () => {
    expect(placeLabel("abcdef", { left: 100, width: 20 }, 400, measure)).toEqual({ text: "abcdef", left: 126, inside: false });
  });

  it("is cut to the bar when it is not", () => {
    expect(placeLabel("abcdefgh", { left: 100, width: 62 }, 180, measure)).toEqual({ text: "abcd…", left: 106, inside: true });
  });

  it("is left out of a sliver, and when empty", () => {
    expect(placeLabel("abc", { left: 100, width: 4 }, 110, measure)).toBeUndefined();
    expect(placeLabel("", { left: 100, width: 400 }, 900, measure)).toBeUndefined();
  });

  it("is never cut inside a character", () => {
    expect(shortened("𠮷野家", 30, (text) => Array.from(text).length * 10)).toBe("𠮷野家");
    expect(shortened("𠮷野家𠮷野家", 30, (text) => Array.from(text).length * 10)).toBe("𠮷野…");
    expect(shortened("abc", 5, measure)).toBe("");
  });
});

describe("the proof path", () => {
  it("keeps marks from covering each other", () => {
    const placed = spread([{ x: 10, y: 5 }, { x: 12, y: 5 }, { x: 10, y: 90 }]);
    expect(placed[2]).toEqual({ x: 10, y: 90 });
    expect((placed[1]?.x ?? 0) - (placed[0]?.x ?? 0)).toBeGreaterThanOrEqual(2 * MARK_R);
  });

  it.each([
    ["along a lane", { x: 100, y: 0 }],
    ["to a later lane", { x: 200, y: 80 }],
    ["straight down", { x: 5, y: 80 }],
    ["up and back", { x: -60, y: -80 }],
  ])("ends %s at the next mark's rim", (_name, to) => {
    const [tip] = curve({ x: 0, y: 0 }, to).head.split(" ");
    const [x, y] = (tip ?? "").split(",").map(Number);
    expect(Math.hypot((x ?? 0) - to.x, (y ?? 0) - to.y)).toBeCloseTo(MARK_R + 1, 5);
  });
});
