import { describe, expect, it } from "vitest";

import { axis, CLOSEST_S, instantLabel, kept, timeAt, x, zoneOffset, zoomed } from "../src/islands/timeline/scale";

const DAY = 86400;
const shanghai = zoneOffset("Asia/Shanghai");
// 2020-12-07 00:00 in Shanghai
const MONDAY = Date.UTC(2020, 11, 6, 16) / 1000;

describe("pixels and instants", () => {
  it("are each other's inverse", () => {
    const window = { from: MONDAY, until: MONDAY + 3 * DAY };
    expect(timeAt(window, 900, x(window, 900, MONDAY + 5000))).toBeCloseTo(MONDAY + 5000, 6);
  });
});

describe("zoom", () => {
  const window = { from: 0, until: 10 * DAY };

  it("keeps the anchor where it is", () => {
    const closer = zoomed(window, 0.5, 2 * DAY, 20 * DAY);
    expect(x(closer, 100, 2 * DAY)).toBeCloseTo(x(window, 100, 2 * DAY), 9);
    expect(closer.until - closer.from).toBe(5 * DAY);
  });

  it("stops at five minutes and at the widest", () => {
    const close = zoomed(window, 1e-9, DAY, 20 * DAY);
    expect(close.until - close.from).toBeCloseTo(CLOSEST_S, 6);
    const wide = zoomed(window, 100, DAY, 20 * DAY);
    expect(wide.until - wide.from).toBeCloseTo(20 * DAY, 6);
  });
});

describe("panning", () => {
  it("leaves half of the window on the data", () => {
    const data = { from: 0, until: 100 };
    expect(kept({ from: -500, until: -480 }, data)).toEqual({ from: -10, until: 10 });
    expect(kept({ from: 500, until: 520 }, data)).toEqual({ from: 90, until: 110 });
    expect(kept({ from: 20, until: 40 }, data)).toEqual({ from: 20, until: 40 });
  });
});

describe("axis", () => {
  it("puts hours and days on the county's clock", () => {
    const { step, minor, major } = axis({ from: MONDAY, until: MONDAY + 2 * DAY }, 800, shanghai);
    expect(step).toBe(6 * 3600);
    expect(minor.map((tick) => tick.label)).toEqual(["00:00", "06:00", "12:00", "18:00", "00:00", "06:00", "12:00", "18:00", "00:00"]);
    expect(major.map((tick) => tick.label)).toEqual(["12-07", "12-08", "12-09"]);
  });

  it("begins the upper row before the window, so that the day is always named", () => {
    const { major } = axis({ from: MONDAY + 5 * 3600, until: MONDAY + 6 * 3600 }, 800, shanghai);
    expect(major).toEqual([{ at: MONDAY, label: "12-07" }]);
  });

  it("shows days below years when it is wide", () => {
    const { minor, major } = axis({ from: MONDAY, until: MONDAY + 40 * DAY }, 800, shanghai);
    expect(major.map((tick) => tick.label)).toEqual(["2020", "2021"]);
    expect(minor.every((tick) => /^\d\d-\d\d$/.test(tick.label))).toBe(true);
  });

  it.each([300, 1200])("keeps ticks apart on %i pixels", (width) => {
    for (const span of [600, 4000, DAY, 9 * DAY, 90 * DAY, 700 * DAY]) {
      const window = { from: MONDAY, until: MONDAY + span };
      const lefts = axis(window, width, shanghai).minor.map((tick) => x(window, width, tick.at));
      for (const [index, left] of lefts.entries()) {
        if (index > 0) expect(left - (lefts[index - 1] ?? 0)).toBeGreaterThanOrEqual(62);
      }
    }
  });

  it("follows a zone with summer time", () => {
    const berlin = zoneOffset("Europe/Berlin");
    const saturday = Date.UTC(2020, 9, 23, 22) / 1000;
    const { major } = axis({ from: saturday, until: saturday + 3.5 * DAY }, 900, berlin);
    expect(major.map((tick) => instantLabel(tick.at, berlin).slice(6))).toEqual(["00:00", "00:00", "00:00", "00:00"]);
  });
});
