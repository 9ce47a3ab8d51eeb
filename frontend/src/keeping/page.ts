/** Keeping a page on this phone, with the files it needs, so that it opens without a connection. */
import { cacheOf, KEPT_AT } from "./kept";

/**
 * Register a page's worker, which the server hands out under the page's own address, and keep the page as it is now.
 *
 * `file`: where the build put the worker, empty if it did not. Where nothing can be kept, nothing is.
 */
export async function keepPage(file: string, worker: string): Promise<void> {
  if (file === "" || !("serviceWorker" in navigator) || !("caches" in window)) return;
  await navigator.serviceWorker.register(worker);
  const page = new URL("./", new URL(worker, location.href)).pathname;
  const answer = await fetch(page, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return;
  const headers = new Headers(answer.headers);
  headers.set(KEPT_AT, String(Date.now()));
  const body = await answer.blob();
  await caches.delete(cacheOf(page)); // files of an earlier version, and another account's page
  const cache = await caches.open(cacheOf(page));
  await cache.put(page, new Response(body, { headers }));
  await Promise.all(files().map((url) => cache.add(url)));
}

/** The scripts, styles and icons this page has loaded, and those it names. */
function files(): string[] {
  const loaded = performance.getEntriesByType("resource").map((entry) => entry.name);
  const named = [...document.querySelectorAll<HTMLLinkElement | HTMLScriptElement>("link[href], script[src]")].map((each) =>
    each instanceof HTMLLinkElement ? each.href : each.src,
  );
  const icons = new URL(document.body.dataset["icons"] ?? "", location.href).href;
  const own = [...loaded, ...named, icons].map((url) => new URL(url)).filter((url) => url.origin === location.origin);
  return [...new Set(own.filter((url) => url.pathname.startsWith("/static/")).map((url) => url.origin + url.pathname))];
}
