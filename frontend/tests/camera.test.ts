import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

import qrcode from "qrcode-generator";
import { describe, expect, it } from "vitest";

import { either, failureOf, lookUntilFound, ownReader, siteReader, typedCode, zxing, type Read } from "../src/camera";

const PICTURE = {} as ImageBitmap;
const LINK = "https://id.gs1.org/01/06901234567892/10/L-1";

/** What a camera would see of a label: dark modules of some pixels, with a quiet zone. */
function seen(text: string, size = 4, quiet = 4): ImageData {
  const code = qrcode(0, "M");
  code.addData(text);
  code.make();
  const side = (code.getModuleCount() + 2 * quiet) * size;
  const data = new Uint8ClampedArray(side * side * 4).fill(255);
  for (let y = 0; y < side; y += 1)
    for (let x = 0; x < side; x += 1) {
      const [row, column] = [Math.floor(y / size) - quiet, Math.floor(x / size) - quiet];
      const inside = row >= 0 && column >= 0 && row < code.getModuleCount() && column < code.getModuleCount();
      if (inside && code.isDark(row, column)) data.fill(0, (y * side + x) * 4, (y * side + x) * 4 + 3);
    }
  return { data, width: side, height: side, colorSpace: "srgb" };
}

describe("the site's reader", () => {
  it("reads a label with the module we serve, and nothing where there is nothing", async () => {
    const path = createRequire(import.meta.url).resolve("zxing-wasm/reader/zxing_reader.wasm");
    const bytes = await readFile(path);
    const load = (): ReturnType<typeof zxing> => zxing(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    expect(await siteReader(load, () => seen(LINK))(PICTURE)).toBe(LINK);
    const blank = seen(LINK);
    blank.data.fill(255);
    expect(await siteReader(load, () => blank)(PICTURE)).toBeUndefined();
  });
  it("loads once, and not before a picture comes", async () => {
    let n = 0;
    const read = siteReader(
      () => {
        n += 1;
        return Promise.resolve(() => Promise.resolve("x"));
      },
      () => seen("x"),
    );
    expect(n).toBe(0);
    await read(PICTURE);
    await read(PICTURE);
    expect(n).toBe(1);
  });
  it("waits where the camera shows no picture yet", async () => {
    expect(await siteReader(() => Promise.resolve(() => Promise.reject(new Error())), () => undefined)(PICTURE)).toBeUndefined();
  });
});

describe("the browser's own reader", () => {
  const browser = (formats: string[], texts: string[]): object => ({
    BarcodeDetector: class {
      static getSupportedFormats = (): Promise<string[]> => Promise.resolve(formats);
      detect = (): Promise<{ rawValue: string }[]> => Promise.resolve(texts.map((rawValue) => ({ rawValue })));
    },
  });
  it("is used where it knows our labels", async () => {
    expect(await (await ownReader(browser(["qr_code"], [LINK])))?.(PICTURE)).toBe(LINK);
    expect(await (await ownReader(browser(["qr_code"], [])))?.(PICTURE)).toBeUndefined();
  });
  it("is not where it is missing or knows nothing", async () => {
    expect(await ownReader({})).toBeUndefined();
    expect(await ownReader(browser([], []))).toBeUndefined();
  });
  it("gives way for good once its service fails", async () => {
    let n = 0;
    const broken: Read = () => {
      n += 1;
      return Promise.reject(new Error("service unavailable"));
    };
    const read = either(broken, () => Promise.resolve("other"));
    expect(await read(PICTURE)).toBe("other");
    expect(await read(PICTURE)).toBe("other");
    expect(n).toBe(1);
  });
});

/** Ends of a search, as a promise. */
function ended(look: () => Promise<string | undefined>): Promise<string> {
  return new Promise((resolve) => {
    lookUntilFound(
      look,
      {
        found: resolve,
        failed: () => {
          resolve("FAILED");
        },
      },
      0,
    );
  });
}

describe("looking", () => {
  it("goes on until there is a code", async () => {
    const pictures = [undefined, "", undefined, LINK];
    expect(await ended(() => Promise.resolve(pictures.shift()))).toBe(LINK);
    expect(pictures).toEqual([]);
  });
  it("ends when it cannot look", async () => {
    expect(await ended(() => Promise.reject(new Error()))).toBe("FAILED");
  });
  it("tells nothing after it was stopped", async () => {
    let answer: (text: string) => void = () => undefined;
    const told: string[] = [];
    const done = { found: (text: string) => told.push(text), failed: () => told.push("FAILED") };
    const stop = lookUntilFound(() => new Promise((resolve) => (answer = resolve)), done, 0);
    stop();
    answer(LINK);
    await Promise.resolve();
    expect(told).toEqual([]);
  });
});

describe("words", () => {
  it.each([
    ["NotAllowedError", "denied"],
    ["NotFoundError", "absent"],
    ["NotReadableError", "busy"],
    ["TypeError", "failed"],
  ])("%s is %s", (name, failure) => {
    expect(failureOf({ name })).toBe(failure);
  });
  it("takes what an input method makes of a code", () => {
    expect(typedCode(" ＬＦ－０１２ ")).toBe("LF-012");
  });
});
