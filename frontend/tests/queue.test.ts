import { describe, expect, it } from "vitest";

import { entryOf } from "../src/islands/queue/entry";
import { tenthsOf } from "../src/islands/queue/tenths";

function typed(values: Record<string, string>): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries({ client_id: "c-1", way: "call", ...values })) data.set(name, value);
  return data;
}

describe("a temperature as typed", () => {
  it.each([
    ["36.6", 366],
    ["36,6", 366],
    ["366", 366],
    ["34", 340],
    ["43.0", 430],
  ])("%s is %i tenths", (text, tenths) => {
    expect(tenthsOf(text)).toBe(tenths);
  });
  it.each(["", " ", "33.9", "43.1", "3.66", "warm"])("%j is none", (text) => {
    expect(tenthsOf(text)).toBeUndefined();
  });
});

describe("a record as typed", () => {
  it("keeps the id made by the server, so that a repeated sync stores it once", () => {
    expect(entryOf(typed({ temperature: "36.6" }), "P1")).toMatchObject({ kind: "record", person: "P1", tenths_celsius: 366 });
    const [first, again] = [entryOf(typed({ temperature: "36.6" }), "P1"), entryOf(typed({ temperature: "36.6" }), "P1")];
    expect(first?.client_id).not.toBe(again?.client_id); // of a page that was kept and opened twice
  });
  it("says nothing when nothing was measured", () => {
    expect(entryOf(typed({}), "P1")).toBeUndefined();
    expect(entryOf(typed({ temperature: "99" }), "P1")).toBeUndefined();
  });
  it("is either a person reached or nothing measured", () => {
    expect(entryOf(typed({ is_unreached: "on" }), "P1")).toMatchObject({ is_reached: false, tenths_celsius: null });
    expect(entryOf(typed({ is_unreached: "on", temperature: "36.6" }), "P1")).toBeUndefined();
  });
});
