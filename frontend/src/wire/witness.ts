/**
 * This device is a witness of the evidence log: it keeps the last head it saw, and goes on to a newer one only with a proof
 * that the log merely grew (RFC 9162, section 2.1.4.2; the twin is src/lianfang/wire/proofs.py).
 */
import { ofHex, toHex } from "./bytes";

export interface Head {
  size: number;
  /** Hex. */
  root: string;
  /** The head as the centre signed it, hex: what can be shown to others if the log is changed later. */
  signed?: string;
}

/** Asks for the proof between two sizes; undefined when nobody answers. */
export type Prove = (old: number, now: number) => Promise<readonly string[] | undefined>;
export type Seen = "kept" | "rewritten" | "unproven";

async function node(left: string, right: string): Promise<string> {
  const content = ofHex(`01${left}${right}`);
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", content)));
}

const isPowerOfTwo = (size: number): boolean => Number.isInteger(Math.log2(size));
const half = (size: number): number => Math.floor(size / 2);

/** The roots of both trees as a proof makes them, undefined for a proof that is too long or too short. */
async function rebuilt(sizes: [number, number], start: string, path: readonly string[]): Promise<[string, string] | undefined> {
  let [number, last] = [sizes[0] - 1, sizes[1] - 1];
  while (number % 2 === 1) [number, last] = [half(number), half(last)];
  let [first, second] = [start, start];
  for (const part of path) {
    if (last === 0) return undefined;
    if (number % 2 === 1 || number === last) {
      [first, second] = [await node(part, first), await node(part, second)];
      while (number % 2 === 0 && number !== 0) [number, last] = [half(number), half(last)];
    } else {
      second = await node(second, part);
    }
    [number, last] = [half(number), half(last)];
  }
  return last === 0 ? [first, second] : undefined;
}

/** Whether the proof shows the old head's tree at the beginning of the new head's. */
export async function isConsistent(old: Head, now: Head, proof: readonly string[]): Promise<boolean> {
  if (old.size === now.size) return proof.length === 0 && old.root === now.root;
  if (old.size <= 0 || old.size > now.size || proof.length === 0) return false;
  const [start = "", ...path] = isPowerOfTwo(old.size) ? [old.root, ...proof] : proof;
  const found = await rebuilt([old.size, now.size], start, path);
  return found?.[0] === old.root && found[1] === now.root;
}

/** Compares a head with the one kept on this device, and keeps it if the log only grew. What was rewritten stays so. */
export async function witness(store: Storage, name: string, now: Head, prove: Prove): Promise<Seen> {
  const text = store.getItem(name);
  const old = text === null ? undefined : (JSON.parse(text) as Head);
  if (old !== undefined && old.size > 0) {
    const proof = old.size < now.size ? await prove(old.size, now.size) : [];
    if (proof === undefined) return "unproven";
    if (!(await isConsistent(old, now, proof))) return "rewritten";
  }
  store.setItem(name, JSON.stringify(now));
  return "kept";
}
