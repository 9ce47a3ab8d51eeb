import { describe, expect, it } from "vitest";

import { seal } from "../src/wire/sealed";

const POINT =
  "04515c3d6eb9e396b904d3feca7f54fdcd0cc1e997bf375dca515ad0a6c3b4035f4536be3a50f318fbf9a5475902a221502bef0d57e08c53b2cc0a56f17d9f9354";

describe("a number sealed to the centre", () => {
  it("is a point, the text and a tag, and never the same twice", async () => {
    const sealed = await seal("11010519491231002X", POINT);
    expect(sealed).toMatch(/^04[0-9a-f]+$/);
    expect(sealed.length / 2).toBe(65 + 18 + 16);
    expect(await seal("11010519491231002X", POINT)).not.toBe(sealed);
  });
});
