/** What renews itself says so when it no longer does: [data-stale-after=SECONDS] shows its .lf-stale notice. */

const CHECK_MS = 1000;
const seen = new WeakMap<Element, number>();

function check(): void {
  for (const part of document.querySelectorAll<HTMLElement>("[data-stale-after]")) {
    const since = seen.get(part) ?? performance.now();
    seen.set(part, since);
    const allowed = Number(part.dataset["staleAfter"]) * CHECK_MS;
    const notice = part.querySelector<HTMLElement>(".lf-stale");
    if (notice !== null) notice.hidden = performance.now() - since < allowed;
  }
}

/** Look once a second; a part that was swapped in is new and starts again. */
export function startStale(): void {
  check();
  setInterval(check, CHECK_MS);
}
