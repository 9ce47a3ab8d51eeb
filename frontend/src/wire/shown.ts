/** What a phone shows at one minute: the day code, the minute, and the phone's signature over both (docs/health-code.md). */
import { decode, encode } from "./base45";
import { joined, toHex } from "./bytes";
import * as cbor from "./cbor";

const DAY = "JK1:";
const SHOWN = "JK2:";
const MINUTE_MS = 60_000;
const SAID = new TextEncoder().encode("lianfang shown code 1");
const P256: EcKeyGenParams = { name: "ECDSA", namedCurve: "P-256" };
const ES256: EcdsaParams = { name: "ECDSA", hash: "SHA-256" };

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
  return toHex(Uint8Array.of(sign, ...point.slice(1, 33)));
}

/** The text to draw in the minute of `ms`. */
export async function shown(dayCode: string, key: CryptoKey, ms: number): Promise<string> {
  const token = decode(dayCode.slice(DAY.length));
  const minute = minuteOf(ms);
  const signature = new Uint8Array(await crypto.subtle.sign(ES256, key, content(token, minute)));
  return SHOWN + encode(cbor.encode([token, minute, signature]));
}
