/**
 * The service worker of one page, beside which it lies: opened without a connection, it is as the page kept it.
 *
 * It stores nothing itself (the page does, see page.ts) and lets go of what is kept when the session is over.
 */
import { cacheOf, FRESH_MS, KEPT_AT } from "./kept";

interface Lasting extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Asked extends Lasting {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Scope {
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
}

const scope = self as unknown as Scope;
const PAGE = new URL("./", location.href).pathname;
const KEPT = cacheOf(PAGE);
const FILES = new Set(["script", "style", "image", "font"]);

/** The page from the server; without a connection the kept one, unless it is too old. */
async function page(request: Request): Promise<Response> {
  try {
    const answer = await fetch(request);
    if (answer.redirected) await caches.delete(KEPT);
    return answer;
  } catch (error) {
    const kept = await (await caches.open(KEPT)).match(PAGE);
    if (kept === undefined) throw error;
    if (Date.now() - Number(kept.headers.get(KEPT_AT)) < FRESH_MS) return kept;
    await caches.delete(KEPT);
    throw error;
  }
}

/** A file of the kept page: their names change with their content, so that what is kept is right. */
async function file(request: Request): Promise<Response> {
  return (await caches.match(request, { cacheName: KEPT })) ?? (await fetch(request));
}

self.addEventListener("install", (event) => {
  (event as Lasting).waitUntil(scope.skipWaiting());
});
self.addEventListener("activate", (event) => {
  (event as Lasting).waitUntil(scope.clients.claim());
});
self.addEventListener("fetch", (event) => {
  const asked = event as Asked;
  const url = new URL(asked.request.url);
  if (asked.request.method !== "GET" || url.origin !== location.origin) return;
  if (asked.request.mode === "navigate" && url.pathname === PAGE) asked.respondWith(page(asked.request));
  else if (FILES.has(asked.request.destination)) asked.respondWith(file(asked.request));
});
