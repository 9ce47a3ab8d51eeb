import { describe, expect, it } from "vitest";

import { decodeChart } from "../src/islands/chart/data";
import { decodeNet } from "../src/islands/graph/data";
import { DataError, listOf, localHref, oneOf, orElse, shape, text } from "../src/islands/json";
import { decodeTimeline } from "../src/islands/timeline/data";

describe("decoders", () => {
  it("name the place of a fault", () => {
    const decode = shape<{ rows: { name: string }[] }>({ rows: listOf(shape({ name: text })) });
    expect(() => decode({ rows: [{ name: "a" }, { name: 5 }] }, "data")).toThrow("data.rows[1].name: a string expected");
    expect(() => decode(null, "data")).toThrow(DataError);
  });

  it("know absent from wrong", () => {
    const decode = orElse(oneOf("a", "b"), "a");
    expect(decode(undefined, "x")).toBe("a");
    expect(decode(null, "x")).toBe("a");
    expect(() => decode("c", "x")).toThrow("x: one of a, b expected");
  });

  it.each(["/people/5/", "?page=2", "#here"])("let %s be a link", (href) => {
    expect(localHref(href, "x")).toBe(href);
  });

  it.each(["javascript:alert(1)", "//elsewhere.example", "https://elsewhere.example", "", undefined])("let %s be none", (href) => {
    expect(localHref(href, "x")).toBe("");
  });
});

const lane = { id: 1, label: "Market", kind: "market", href: "/places/1/" };
const bar = { id: 7, lane: 1, start: 0, end: 10, label: "W", role: "exposed", href: "" };

describe("a timeline's answer", () => {
  it("is read, ids as text, steps in order", () => {
    const path = [2, 1].map((step) => ({ step, lane: 1, at: step, until: step, label: "" }));
    const data = decodeTimeline({ from: 0, until: 20, lanes: [lane], bars: [bar], path }, "data");
    expect(data.bars[0]).toEqual({ ...bar, id: "7", lane: "1", of: "" });
    expect(data.path.map((one) => one.step)).toEqual([1, 2]);
    expect(data.more).toBe(0);
  });

  it.each([
    [{ bars: [{ ...bar, lane: 9 }] }, "data.bars[0].lane: no such lane"],
    [{ bars: [{ ...bar, end: -1 }] }, "data.bars[0].end: not before its start expected"],
    [{ bars: [{ ...bar, role: "victim" }] }, "data.bars[0].role"],
    [{ until: 0 }, "data.until: after from expected"],
    [{ from: "yesterday" }, "data.from: a finite number expected"],
  ])("is refused when %j", (wrong, message) => {
    expect(() => decodeTimeline({ from: 0, until: 20, lanes: [lane], bars: [bar], ...wrong }, "data")).toThrow(message);
  });

  it("may be empty", () => {
    expect(decodeTimeline({ from: 0, until: 0, lanes: [], bars: [] }, "data").lanes).toEqual([]);
  });
});

describe("the other answers", () => {
  it("of a network gets its defaults", () => {
    const { nodes, truncated } = decodeNet({ nodes: [{ id: "s1", label: "W", kind: "person" }], edges: [] }, "data");
    expect(nodes[0]).toEqual({ id: "s1", label: "W", kind: "person", cls: "", generation: 0, n_hidden: 0, href: "" });
    expect(truncated).toBe(false);
  });

  it("of a chart needs a value per category, null where unknown", () => {
    const series = { name: "a", data: [1, null], tone: "red" };
    expect(decodeChart({ kind: "bar", categories: ["x", "y"], series: [series] }, "data").series).toEqual([series]);
    expect(() => decodeChart({ kind: "bar", categories: ["x"], series: [series] }, "data")).toThrow("one value per category");
  });
});
