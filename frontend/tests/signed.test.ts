import { describe, expect, it } from "vitest";

import { joined, ofHex, toHex } from "../src/wire/bytes";
import { decode, encode } from "../src/wire/cbor";
import { isSigned, kept, type Keys, type SignedHead } from "../src/wire/signed";

const TYPE = "application/vnd.lianfang.treehead+cbor";
const ROOT = "5d".repeat(32);
const PROTECTED = { ed25519: "a10127", es256: "a10126" };

/** A head as the centre signs it: array of protected headers, {4: key id}, payload, signature. */
async function signed(how: "ed25519" | "es256", key: CryptoKey, size: number): Promise<string> {
  const [protectedPart, payload] = [ofHex(PROTECTED[how]), encode([TYPE, size, ofHex(ROOT), 1_608_393_600])];
  const algorithm = how === "ed25519" ? { name: "Ed25519" } : { name: "ECDSA", hash: "SHA-256" };
  const content = encode(["Signature1", protectedPart, new Uint8Array(), payload]);
  const signature = new Uint8Array(await crypto.subtle.sign(algorithm, key, content));
  return toHex(joined(ofHex("84"), encode(protectedPart), ofHex("a1044152"), encode(payload), encode(signature)));
}

async function made(): Promise<{ head: SignedHead; keys: Keys }> {
  const own = await crypto.subtle.generateKey({ name: "Ed25519" }, true, ["sign", "verify"]);
  const other = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  const [first, second] = [await signed("ed25519", own.privateKey, 7), await signed("es256", other.privateKey, 7)];
  const raw = async (key: CryptoKey): Promise<string> => toHex(new Uint8Array(await crypto.subtle.exportKey("raw", key)));
  const keys = { ed25519: await raw(own.publicKey), es256: await raw(other.publicKey) };
  return { head: { size: 7, root: ROOT, signed: first, signed_es256: second }, keys };
}

/** As in a browser that knows no Ed25519. */
async function without<T>(work: () => Promise<T>): Promise<T> {
  const importKey = crypto.subtle.importKey.bind(crypto.subtle) as (...given: unknown[]) => Promise<CryptoKey>;
  crypto.subtle.importKey = ((...given: unknown[]) =>
    (given[2] as Algorithm).name === "Ed25519"
      ? Promise.reject(new DOMException("", "NotSupportedError"))
      : importKey(...given)) as typeof crypto.subtle.importKey;
  try {
    return await work();
  } finally {
    crypto.subtle.importKey = importKey as typeof crypto.subtle.importKey;
  }
}

describe("a signed head", () => {
  it("is believed by either key, and not once anything of it was changed", async () => {
    const { head, keys } = await made();
    const changed: [SignedHead, Keys][] = [
      [{ ...head, size: 8 }, keys],
      [{ ...head, root: "5e".repeat(32) }, keys],
      [{ ...head, signed: head.signed_es256, signed_es256: head.signed }, keys],
      [{ ...head, signed: head.signed.slice(0, -2), signed_es256: "" }, keys],
      [{ ...head, signed: "84", signed_es256: "ff" }, keys],
      [head, (await made()).keys],
    ];
    for (const read of [(work: () => Promise<boolean>) => work(), without<boolean>]) {
      expect(await read(() => isSigned(head, keys))).toBe(true);
      for (const [odd, by] of changed) expect(await read(() => isSigned(odd, by))).toBe(false);
    }
  });

  it("is checked by the key this device was given first", () => {
    const store = new Map<string, string>();
    const memory = { getItem: (name: string) => store.get(name) ?? null, setItem: (name: string, text: string) => store.set(name, text) };
    const [first, later] = [{ ed25519: "01", es256: "02" }, { ed25519: "03", es256: "04" }];
    expect(kept(memory as unknown as Storage, "keys", first)).toEqual(first);
    expect(kept(memory as unknown as Storage, "keys", later)).toEqual(first);
  });
});

describe("CBOR", () => {
  it("reads what it writes, and the examples of RFC 8949", () => {
    for (const item of [0, 23, 24, 255, 256, 65_536, "水", [], [1, [2, "x"]], ofHex("00ff")]) expect(decode(encode(item))).toEqual(item);
    expect(decode(ofHex("3903e7"))).toBe(-1000);
    expect(decode(ofHex("1b000000e8d4a51000"))).toBe(1_000_000_000_000);
    expect(decode(ofHex("a201020304"))).toEqual([1, 2, 3, 4]);
  });

  it("refuses what is cut short, too long or of another kind", () => {
    for (const odd of ["", "18", "4201", "0000", "f6", "9f", "62ff"]) expect(() => decode(ofHex(odd))).toThrow();
  });
});
