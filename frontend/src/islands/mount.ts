/** Finds [data-island=NAME] and loads the island's own chunk. */

type Mount = (root: HTMLElement) => void;

const ISLANDS: Partial<Record<string, () => Promise<{ mount: Mount }>>> = {
  timeline: () => import("./timeline"),
  graph: () => import("./graph"),
  chart: () => import("./chart"),
};

/** Mount every island in `within` that is not mounted yet. */
export function mountIslands(within: ParentNode): void {
  for (const root of within.querySelectorAll<HTMLElement>("[data-island]:not([data-mounted])")) {
    const load = ISLANDS[root.dataset["island"] ?? ""];
    if (load === undefined) continue;
    root.dataset["mounted"] = "";
    void load().then(({ mount }) => {
      mount(root);
    });
  }
}
