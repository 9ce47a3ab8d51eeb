// Keeps the scanner's page, so that it opens without a network. What scanners send is never answered from here.
const NAME = "scanner-EDITION";
const KEPT = FILES;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(KEPT)).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => {
  const old = (name) => name.startsWith("scanner-") && name !== NAME;
  event.waitUntil(
    caches.keys().then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name)))).then(() => self.clients.claim()),
  );
});
self.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== self.location.origin || !KEPT.includes(pathname)) return;
  event.respondWith(caches.open(NAME).then((cache) => cache.match(pathname)).then((kept) => kept ?? fetch(event.request)));
});
