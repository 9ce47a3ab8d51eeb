/** Checking the server's JSON at run time: a decoder returns its type or throws DataError naming the place. */

export class DataError extends Error {}

export type Decoder<T> = (value: unknown, path: string) => T;

function refuse(path: string, wanted: string): never {
  throw new DataError(`${path}: ${wanted} expected`);
}

export const text: Decoder<string> = (value, path) => (typeof value === "string" ? value : refuse(path, "a string"));

export const finite: Decoder<number> = (value, path) =>
  typeof value === "number" && Number.isFinite(value) ? value : refuse(path, "a finite number");

export const flag: Decoder<boolean> = (value, path) => (typeof value === "boolean" ? value : refuse(path, "true or false"));

/** An id may be a number on the wire; here it is text. */
export const id: Decoder<string> = (value, path) =>
  typeof value === "string" || typeof value === "number" ? String(value) : refuse(path, "an id");

export function listOf<T>(item: Decoder<T>): Decoder<T[]> {
  return (value, path) =>
    Array.isArray(value) ? value.map((one, index) => item(one, `${path}[${index}]`)) : refuse(path, "a list");
}

/** A missing key or null gives `absent`. */
export function orElse<T, A>(item: Decoder<T>, absent: A): Decoder<T | A> {
  return (value, path) => (value === undefined || value === null ? absent : item(value, path));
}

export function oneOf<T extends string>(...words: readonly T[]): Decoder<T> {
  return (value, path) => words.find((word) => word === value) ?? refuse(path, `one of ${words.join(", ")}`);
}

type Shape<T> = { [K in keyof T]: Decoder<T[K]> };

/** An object with at least these keys. */
export function shape<T extends object>(fields: Shape<T>): Decoder<T> {
  return (value, path) => {
    if (typeof value !== "object" || value === null) return refuse(path, "an object");
    const source = value as Record<string, unknown>;
    const keys = Object.keys(fields) as (keyof T & string)[];
    return Object.fromEntries(keys.map((key) => [key, fields[key](source[key], `${path}.${key}`)])) as T;
  };
}

/** Only addresses of this site may become links; anything else gives "". */
export const localHref: Decoder<string> = (value, path) => {
  const href = orElse(text, "")(value, path);
  return /^[/?#](?!\/)/.test(href) ? href : "";
};
