/** As much of CBOR (RFC 8949) as codes and heads need; the server reads and writes it with a library. */
import { joined } from "./bytes";

/** A map is read as its keys and values in turn. */
export type Item = number | string | Uint8Array<ArrayBuffer> | Item[];

const [UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP] = [0, 1, 2, 3, 4, 5];

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

/** The shortest form of counts, texts, bytes and arrays of them. */
export function encode(item: Item): Uint8Array<ArrayBuffer> {
  if (typeof item === "number") return joined(head(UNSIGNED, item));
  if (Array.isArray(item)) return joined(head(ARRAY, item.length), ...item.map(encode));
  const content = typeof item === "string" ? new TextEncoder().encode(item) : item;
  return joined(head(typeof item === "string" ? TEXT : BYTES, content.length), content);
}

class Reader {
  at = 0;

  constructor(private readonly content: Uint8Array<ArrayBuffer>) {}

  item(): Item {
    const [first = 0] = this.taken(1);
    const [major, value] = [first >> 5, this.value(first & 31)];
    if (major === UNSIGNED) return value;
    if (major === NEGATIVE) return -1 - value;
    if (major === BYTES) return this.taken(value);
    if (major === TEXT) return new TextDecoder("utf-8", { fatal: true }).decode(this.taken(value));
    if (major === ARRAY) return this.items(value);
    if (major === MAP) return this.items(2 * value);
    throw new RangeError("an item of a kind that is not read here");
  }

  private items(n: number): Item[] {
    const found: Item[] = [];
    while (found.length < n) found.push(this.item());
    return found;
  }

  private value(short: number): number {
    if (short < 24) return short;
    if (short > 27) throw new RangeError("a length that is not read here");
    const digits = this.taken(2 ** (short - 24));
    return digits.reduce((sum, digit) => sum * 256 + digit, 0);
  }

  private taken(n: number): Uint8Array<ArrayBuffer> {
    if (n > this.content.length - this.at) throw new RangeError("cut short");
    this.at += n;
    return this.content.slice(this.at - n, this.at);
  }
}

/** The item of exactly these bytes. Throws RangeError or TypeError. */
export function decode(content: Uint8Array<ArrayBuffer>): Item {
  const reader = new Reader(content);
  const found = reader.item();
  if (reader.at !== content.length) throw new RangeError("more than one item");
  return found;
}
