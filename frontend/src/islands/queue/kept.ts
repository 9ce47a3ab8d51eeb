/** What page and service worker agree on. */
export const KEPT = "lianfang-today";
export const KEPT_AT = "X-Kept-At";
export const LIST = "/today/";
/** As long as a session lasts. */
export const FRESH_MS = 12 * 3_600_000;

/** Forget the kept list: names and phones are in it. */
export async function forget(): Promise<void> {
  if ("caches" in window) await caches.delete(KEPT);
}
