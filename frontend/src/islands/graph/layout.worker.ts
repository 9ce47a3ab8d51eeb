/** Force layout off the page's thread: receives the network once, answers with positions several times. */
import Graph from "graphology";
import forceAtlas2 from "graphology-layout-forceatlas2";

import type { LayoutRequest, Positions } from "./layout";

const ROUND = 12;

function read({ positions, sizes, fixed, edges }: LayoutRequest): Graph {
  const graph = new Graph({ type: "undirected" });
  for (const [index, size] of sizes.entries()) {
    graph.addNode(index, { x: positions[2 * index], y: positions[2 * index + 1], size, fixed: fixed[index] === 1 });
  }
  for (let at = 0; at < edges.length; at += 2) graph.mergeEdge(edges[at], edges[at + 1]);
  return graph;
}

function write(graph: Graph): Positions {
  const positions = new Float32Array(2 * graph.order);
  graph.forEachNode((node, { x, y }: { x?: number; y?: number }) => {
    positions[2 * Number(node)] = x ?? 0;
    positions[2 * Number(node) + 1] = y ?? 0;
  });
  return positions;
}

addEventListener("message", ({ data }: MessageEvent<LayoutRequest>) => {
  const graph = read(data);
  // Strong gravity grows with distance: parts without an edge to the rest stay near it.
  const settings = {
    barnesHutOptimize: graph.order > 400,
    strongGravityMode: true,
    gravity: 0.06,
    scalingRatio: 14,
    slowDown: 1 + Math.log(graph.order + 1),
  };
  for (let done = 0; done < data.iterations; done += ROUND) {
    // Nodes first find their place, then make room for each other.
    const adjustSizes = graph.order <= 1500 && done > data.iterations * 0.6;
    forceAtlas2.assign(graph, { iterations: ROUND, settings: { ...settings, adjustSizes } });
    const positions = write(graph);
    postMessage(positions, { transfer: [positions.buffer] });
  }
  postMessage("done");
  close();
});
