import { mkdtempSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { iconsIn, iconsListed } from "../scripts/icon-sprite.ts";
import { outdated } from "../scripts/keep-recent.ts";
import { chartOption } from "../src/islands/chart/option";
import { durationText, spanText } from "../src/islands/timeline/card";
import { zoneOffset } from "../src/islands/timeline/scale";
import { TONES, type Palette } from "../src/islands/tones";
import { loginAddress } from "../src/shell/login";
import { fill } from "../src/texts";

describe("words", () => {
  it("take their values and keep unknown names visible", () => {
    expect(fill("{n} of {total} {x}", { n: 1, total: 3 })).toBe("1 of 3 {x}");
  });

  it("say durations in the two largest units", () => {
    const say = (seconds: number): string => durationText(seconds, (key, values) => `${values?.["n"] ?? ""}${key[0] ?? ""}`);
    expect([say(45 * 60), say(12600), say(2 * 86400 + 3 * 3600 + 60), say(20)]).toEqual(["45m", "3h 30m", "2d 3h", "0m"]);
  });

  it("say the day once when a span stays in it", () => {
    const offset = zoneOffset("Asia/Shanghai");
    const nine = Date.UTC(2020, 11, 7, 1) / 1000;
    expect(spanText(nine, nine + 3600, offset)).toBe("12-07 09:00–10:00");
    expect(spanText(nine, nine + 86400, offset)).toBe("12-07 09:00 – 12-08 09:00");
  });
});

describe("the way back in", () => {
  it("keeps the page and stays on this site", () => {
    expect(loginAddress("/login/", "/tasks/?page=2")).toBe("/login/?next=%2Ftasks%2F%3Fpage%3D2");
    expect(loginAddress("https://elsewhere.example/", "/")).toBeUndefined();
    expect(loginAddress(null, "/")).toBeUndefined();
  });
});

describe("icons", () => {
  it("are found in templates, Python and TypeScript", () => {
    const text = `{% icon "lock" %} {% include "x" with icon="map-pin" %} Sign(_("x"), "red", icon="circle-x") icon("plus")`;
    expect(iconsIn(text)).toEqual(["lock", "map-pin", "circle-x", "plus"]);
  });

  it("are listed one a line with comments", () => {
    expect(iconsListed("# names\nbus # for lanes\n\ncar\n")).toEqual(["bus", "car"]);
  });
});

describe("files of earlier builds", () => {
  it("stay a week and go when nothing new is called so", () => {
    const directory = mkdtempSync(join(tmpdir(), "assets-"));
    const now = 1_700_000_000_000;
    const write = (name: string, days: number): void => {
      writeFileSync(join(directory, name), "");
      utimesSync(join(directory, name), now / 1000 - days * 86400, now / 1000 - days * 86400);
    };
    write("old.js", 8);
    write("recent.js", 6);
    write("current.js", 30);
    expect(outdated(directory, new Set(["current.js"]), now)).toEqual(["old.js"]);
    expect(outdated(join(directory, "none"), new Set(), now)).toEqual([]);
  });
});

describe("a chart's option", () => {
  const ink = { word: "#000", ground: "#fff", solid: "#123456" };
  const tones = Object.fromEntries(TONES.map((tone) => [tone, ink])) as Palette["tones"];
  const look: Palette = { tones, card: "#fff", ink: "#000", soft: "#555", line: "#ccc", edge: "#bbb", font: "sans-serif" };

  it("stacks only stacked bars, draws patterns where colour alone would tell, and no markup", () => {
    const series = [1, 2].map((n) => ({ name: `s${n}`, data: [n], tone: "red" as const }));
    const option = chartOption({ kind: "stackedbar", categories: ["x"], series }, look, "what it shows");
    expect(option).toMatchObject({ series: [{ stack: "all" }, { stack: "all" }], aria: { decal: { show: true } } });
    expect(option).toMatchObject({ tooltip: { renderMode: "richText" } });
    const plain = chartOption({ kind: "bar", categories: ["x"], series: series.slice(0, 1) }, look, "");
    expect(plain).not.toHaveProperty("series.0.stack");
  });
});
