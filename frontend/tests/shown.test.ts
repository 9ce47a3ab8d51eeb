import { describe, expect, it } from "vitest";

import { decode, encode } from "../src/wire/base45";
import { minuteOf, newKey, publicHex, shown } from "../src/wire/shown";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("Base45", () => {
  it("gives the examples of RFC 9285", () => {
    expect(encode(bytes("AB"))).toBe("BB8");
    expect(encode(bytes("Hello!!"))).toBe("%69 VD92EX0");
    expect(encode(bytes("base-45"))).toBe("UJCLQE7W581");
    expect(new TextDecoder().decode(decode("QED8WEX0"))).toBe("ietf!");
  });

  it("refuses what it never writes", () => {
    for (const wrong of ["A", "GGW", "::", "a00", "0000"]) expect(() => decode(wrong)).toThrow(RangeError);
  });
});

describe("the shown code", () => {
  it("is the day code, the minute and the key's signature over both", async () => {
    const key = await newKey();
    const token = Uint8Array.from({ length: 300 }, (_, at) => at % 256);
    const now = 1_607_000_000_000;
    const text = await shown(`JK1:${encode(token)}`, key.privateKey, now);
    expect(text.startsWith("JK2:")).toBe(true);
    const made = decode(text.slice(4));
    expect([...made.slice(0, 4)]).toEqual([0x83, 0x59, 1, 44]);
    expect([...made.slice(4, 304)]).toEqual([...token]);
    const minute = new DataView(made.buffer).getUint32(305);
    expect(minute).toBe(minuteOf(now));
    expect([...made.slice(309, 311)]).toEqual([0x58, 64]);
    const said = new Uint8Array([...bytes("lianfang shown code 1"), 0, 0, 0, 0, ...made.slice(305, 309), ...token]);
    const good = await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key.publicKey, made.slice(311), said);
    expect(good).toBe(true);
    expect(await publicHex(key)).toMatch(/^0[23][0-9a-f]{64}$/);
    expect(key.privateKey.extractable).toBe(false);
  });
});
