/**
 * Whether the centre's key signed a head of the evidence log: a COSE_Sign1 (RFC 9052, section 4.4; the twin is
 * src/lianfang/wire/heads.py). The key says which algorithm it is for, never the message.
 */
import { joined, ofHex, toHex } from "./bytes";
import { decode, encode } from "./cbor";
import type { Head } from "./witness";

/** Public keys in hex: Ed25519, and P-256 (the uncompressed point) for browsers that know no Ed25519. */
export interface Keys {
  ed25519: string;
  es256: string;
}

/** A head, signed with each of the two keys (hex). */
export interface SignedHead extends Head {
  signed: string;
  signed_es256: string;
}

const TYPE = "application/vnd.lianfang.treehead+cbor";
const P256: EcKeyImportParams = { name: "ECDSA", namedCurve: "P-256" };
const ES256: EcdsaParams = { name: "ECDSA", hash: "SHA-256" };
const ED25519 = { name: "Ed25519" };

async function said(message: string, key: CryptoKey, how: AlgorithmIdentifier | EcdsaParams): Promise<unknown> {
  const parts = decode(ofHex(message));
  if (!Array.isArray(parts)) return undefined;
  const [kept, , payload, signature] = parts;
  if (!(kept instanceof Uint8Array && payload instanceof Uint8Array && signature instanceof Uint8Array)) return undefined;
  const content = encode(["Signature1", kept, new Uint8Array(), payload]);
  return (await crypto.subtle.verify(how, key, signature, joined(content))) ? decode(payload) : undefined;
}

async function ed25519(key: string): Promise<CryptoKey | undefined> {
  try {
    return await crypto.subtle.importKey("raw", ofHex(key), ED25519, false, ["verify"]);
  } catch (error) {
    if (error instanceof DOMException && error.name === "NotSupportedError") return undefined;
    throw error;
  }
}

/** Whether the head is what the key signed; anything that cannot be read is not. */
export async function isSigned(head: SignedHead, keys: Keys): Promise<boolean> {
  try {
    const own = await ed25519(keys.ed25519);
    const found = own
      ? await said(head.signed, own, ED25519)
      : await said(head.signed_es256, await crypto.subtle.importKey("raw", ofHex(keys.es256), P256, false, ["verify"]), ES256);
    if (!Array.isArray(found)) return false;
    const [type, size, root] = found as unknown[];
    return type === TYPE && size === head.size && root instanceof Uint8Array && toHex(root) === head.root;
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError || error instanceof DOMException) return false;
    throw error;
  }
}

/** The keys this device believes: those it was given first. Others that come later are not believed. */
export function kept(store: Storage, name: string, given: Keys): Keys {
  const text = store.getItem(name);
  if (text !== null) return JSON.parse(text) as Keys;
  store.setItem(name, JSON.stringify(given));
  return given;
}
