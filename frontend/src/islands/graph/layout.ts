/** Asking the worker for positions and bringing them to the page. */
import type { Net } from "./net";

export type Positions = Float32Array<ArrayBuffer>;

export interface LayoutRequest {
  /** x, y per node. */
  positions: Positions;
  sizes: Float32Array;
  /** 1 = keeps its place. */
  fixed: Uint8Array;
  /** Two node numbers per edge. */
  edges: Uint32Array;
  iterations: number;
}

function request(net: Net, movable: Set<string> | undefined): { nodes: string[]; message: LayoutRequest } {
  const nodes = net.nodes();
  const number = new Map(nodes.map((node, index) => [node, index]));
  const positions = new Float32Array(nodes.flatMap((node) => [net.getNodeAttribute(node, "x"), net.getNodeAttribute(node, "y")]));
  const sizes = new Float32Array(nodes.map((node) => net.getNodeAttribute(node, "size") * 1.6));
  const fixed = new Uint8Array(nodes.map((node) => (movable === undefined || movable.has(node) ? 0 : 1)));
  const edges = new Uint32Array(net.mapEdges((_edge, _attributes, source, target) => [number.get(source) ?? 0, number.get(target) ?? 0]).flat());
  const iterations = nodes.length > 2000 ? 120 : nodes.length > 500 ? 240 : 360;
  return { nodes, message: { positions, sizes, fixed, edges, iterations } };
}

let running: Worker | undefined;

/** Let the forces move `movable` (all when undefined); a layout still under way begins anew with everything. */
export function relax(net: Net, movable?: Set<string>): void {
  const unfinished = running !== undefined;
  running?.terminate();
  const worker = new Worker(new URL("./layout.worker.ts", import.meta.url), { type: "module" });
  running = worker;
  const { nodes, message } = request(net, unfinished ? undefined : movable);
  const number = new Map(nodes.map((node, index) => [node, index]));
  worker.addEventListener("message", ({ data }: MessageEvent<Positions | "done">) => {
    if (data === "done") {
      running = undefined;
      return;
    }
    net.updateEachNodeAttributes(
      (node, attributes) => {
        const index = number.get(node);
        if (index === undefined) return attributes;
        return { ...attributes, x: data[2 * index] ?? 0, y: data[2 * index + 1] ?? 0 };
      },
      { attributes: ["x", "y"] },
    );
  });
  worker.postMessage(message);
}
