/** What a phone shows at one minute: the day code, the minute, and the phone's signature over both (docs/health-code.md). */
import { decode, encode } from "./base45";

const DAY = "JK1:";
const SHOWN = "JK2:";
const MINUTE_MS = 60_000;
const SAID = new TextEncoder().encode("lianfang shown code 1");
const P256: EcKeyGenParams = { name: "ECDSA", namedCurve: "P-256" };
const ES256: EcdsaParams = { name: "ECDSA", hash: "SHA-256" };

function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const made = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    made.set(part, at);
    at += part.length;
  }
  return made;
}

/** The head of a CBOR item in its shortest form; `major`: 0 unsigned, 2 bytes, 4 array. */
function head(major: number, value: number): Uint8Array {
  const top = major << 5;
  if (value < 24) return Uint8Array.of(top | value);
  if (value < 0x100) return Uint8Array.of(top | 24, value);
  if (value < 0x10000) return Uint8Array.of(top | 25, value >> 8, value & 0xff);
  const made = new Uint8Array(5);
  made[0] = top | 26;
  new DataView(made.buffer).setUint32(1, value);
  return made;
}

export const minuteOf = (ms: number): number => Math.floor(ms / MINUTE_MS);

function content(token: Uint8Array, minute: number): Uint8Array<ArrayBuffer> {
  const number = new Uint8Array(8);
  new DataView(number.buffer).setBigUint64(0, BigInt(minute));
  return joined(SAID, number, token);
}

/** A new key that scripts can use and never read: it stays in this browser. */
export async function newKey(): Promise<CryptoKeyPair> {
  return await crypto.subtle.generateKey(P256, false, ["sign", "verify"]);
}

/** The public half as the day code holds it: compressed, in hex. */
export async function publicHex(key: CryptoKeyPair): Promise<string> {
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", key.publicKey));
  const sign = 2 + ((point[64] ?? 0) & 1);
  return [sign, ...point.slice(1, 33)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The text to draw in the minute of `ms`. */
export async function shown(dayCode: string, key: CryptoKey, ms: number): Promise<string> {
  const token = decode(dayCode.slice(DAY.length));
  const minute = minuteOf(ms);
  const signature = new Uint8Array(await crypto.subtle.sign(ES256, key, content(token, minute)));
  const array = [head(4, 3), head(2, token.length), token, head(0, minute), head(2, signature.length), signature];
  return SHOWN + encode(joined(...array));
}
