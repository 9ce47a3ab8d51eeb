/** What pages and their service workers agree on: a page that opens without a connection is kept in a cache of its own. */
const PAGES = ["/today/", "/sampling/"];
export const KEPT_AT = "X-Kept-At";
/** As long as a session lasts. */
export const FRESH_MS = 12 * 3_600_000;

/** The cache of a page, by its path. */
export function cacheOf(page: string): string {
  return `lianfang${page.replace(/\/$/, "").replaceAll("/", "-")}`;
}

/** Forget the kept pages: they are of one account, and names and phones are in them. */
export async function forget(): Promise<void> {
  if ("caches" in window) await Promise.all(PAGES.map((page) => caches.delete(cacheOf(page))));
}
