/** Base45 (RFC 9285), as the server's `lianfang.wire.base45`. */
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

const digit = (value: number): string => ALPHABET.charAt(value);

export function encode(content: Uint8Array): string {
  let text = "";
  for (let at = 0; at < content.length; at += 2) {
    const first = content[at] ?? 0;
    const second = content[at + 1];
    const value = second === undefined ? first : first * 256 + second;
    text += digit(value % 45) + digit(Math.floor(value / 45) % 45);
    if (second !== undefined) text += digit(Math.floor(value / 2025));
  }
  return text;
}

/** Read `encode` back. Throws RangeError for what it never writes. */
export function decode(text: string): Uint8Array<ArrayBuffer> {
  const values = Array.from(text, (character) => ALPHABET.indexOf(character));
  if (values.includes(-1) || values.length % 3 === 1) throw new RangeError("no Base45");
  const bytes: number[] = [];
  for (let at = 0; at < values.length; at += 3) {
    const [low = 0, middle = 0, high] = values.slice(at, at + 3);
    const value = low + middle * 45 + (high ?? 0) * 2025;
    if (value > (high === undefined ? 0xff : 0xffff)) throw new RangeError("no Base45");
    if (high !== undefined) bytes.push(value >> 8);
    bytes.push(value & 0xff);
  }
  return Uint8Array.from(bytes);
}
