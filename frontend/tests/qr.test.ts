import { describe, expect, it } from "vitest";

import { modulesOf, outline } from "../src/islands/qr/modules";

describe("qr", () => {
  it("draws a code of 170 characters in version 7", () => {
    expect(modulesOf("JK1:" + "A".repeat(166))).toHaveLength(45);
  });

  it("draws each run of dark modules once", () => {
    expect(outline([[true, true, false, true], [false, false, false, false]])).toBe("M0 0h2v1h-2zM3 0h1v1h-1z");
  });
});
