import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const constants = (file: string): string[] => readFileSync(new URL(file, import.meta.url), "utf-8").match(/const (KEPT|KEPT_AT|LIST|FRESH_MS) = .*/g) ?? [];

it("page and service worker agree on what is kept, and the worker imports nothing", () => {
  const worker = "../src/today-worker.ts";
  expect(constants(worker)).toHaveLength(4);
  expect(constants(worker)).toEqual(constants("../src/islands/queue/kept.ts"));
  expect(readFileSync(new URL(worker, import.meta.url), "utf-8")).not.toMatch(/^import /m);
});
