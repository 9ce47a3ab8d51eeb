/** Finds [data-island=NAME] and loads the island's own chunk. */

type Mount = (root: HTMLElement) => void;

const ISLANDS: Partial<Record<string, () => Promise<{ mount: Mount }>>> = {
  timeline: () => import("./timeline"),
  graph: () => import("./graph"),
  chart: () => import("./chart"),
  scan: () => import("./scan"),
  steps: () => import("./steps"),
  queue: () => import("./queue"),
  sampling: () => import("./sampling"),
  qr: () => import("./qr"),
  mycode: () => import("./mycode"),
};

const mounted = new Set<HTMLElement>();

/** Islands that a swap has removed let go of their canvases and listeners. */
function sweep(): void {
  for (const root of mounted) {
    if (root.isConnected) continue;
    mounted.delete(root);
    root.dispatchEvent(new CustomEvent("lf:gone"));
  }
}

/** Mount every island in `within` that is not mounted yet; those that are gone are told so. */
export function mountIslands(within: ParentNode): void {
  sweep();
  for (const root of within.querySelectorAll<HTMLElement>("[data-island]:not([data-mounted])")) {
    const load = ISLANDS[root.dataset["island"] ?? ""];
    if (load === undefined) continue;
    root.dataset["mounted"] = "";
    mounted.add(root);
    void load().then(({ mount }) => {
      mount(root);
    });
  }
}
