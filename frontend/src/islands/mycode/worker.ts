/** Service worker of the citizen's page: the network first; what is kept on the phone when there is none.
 *
 * A session that ended leads elsewhere; then the kept page is shown too, which says how old it is. It keeps nothing by
 * itself: the page stores itself when it is fresh, and removes itself when it is closed.
 */
const CACHE = "lianfang-my-code-1";

interface Fetching extends Event {
  request: Request;
  respondWith: (answer: Promise<Response>) => void;
}

interface Scope {
  skipWaiting: () => Promise<void>;
  clients: { claim: () => Promise<void> };
  registration: { scope: string };
}

const scope = globalThis as unknown as Scope;

async function answer(request: Request): Promise<Response> {
  let found: Response | undefined;
  try {
    found = await fetch(request);
    if (found.ok && found.type === "basic") return found;
  } catch {
    found = undefined;
  }
  // Not by opening it, which would make a removed one anew.
  const kept = await caches.match(request, { cacheName: CACHE, ignoreSearch: true, ignoreVary: true });
  return kept ?? found ?? Response.error();
}

addEventListener("install", () => void scope.skipWaiting());
addEventListener("activate", () => void scope.clients.claim());
addEventListener("fetch", (event) => {
  const fetching = event as Fetching;
  const { request } = fetching;
  const isPage = request.mode === "navigate" && request.url.split("?")[0] === scope.registration.scope;
  const isPart = new URL(request.url).pathname.startsWith("/static/");
  if (request.method === "GET" && (isPage || isPart)) fetching.respondWith(answer(request));
});
