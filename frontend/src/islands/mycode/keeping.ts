/// <reference types="vite/client" />
/** Keeping the page on the phone, so that it opens without a network; and removing it again. */

// Built as a file of its own; the server hands it out at an address inside its scope (data-worker).
import file from "./worker?worker&url";

export const CACHE = "lianfang-my-code-1";

/** Register the worker of this page and store the page with all it has loaded. */
export async function keepPage(worker: string, scope: string): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  const edition = file.split("/").at(-1) ?? "";
  await navigator.serviceWorker.register(`${worker}?file=${edition}`, { scope });
  const loaded = performance.getEntriesByType("resource").map((entry) => entry.name);
  const own = loaded.filter((name) => name.startsWith(`${location.origin}/static/`));
  const icons = (document.body.dataset["icons"] ?? "").split("#")[0] ?? "";
  const cache = await caches.open(CACHE);
  await cache.addAll([...new Set([...own, new URL(icons, location.href).href])]);
  // As the server writes it; an answer that leads elsewhere is not this page.
  const page = await fetch(scope, { redirect: "error" });
  if (page.ok) await cache.put(scope, page);
}

export async function forgetPage(): Promise<void> {
  if ("caches" in window) await caches.delete(CACHE);
}
