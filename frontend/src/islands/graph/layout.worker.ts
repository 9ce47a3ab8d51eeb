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
  const settings = {
    barnesHutOptimize: graph.order > 400,
    adjustSizes: graph.order <= 1500,
    outboundAttractionDistribution: true,
    gravity: 0.6,
    scalingRatio: 12,
    slowDown: 4 + Math.log(graph.order + 1),
  };
  for (let done = 0; done < data.iterations; done += ROUND) {
    forceAtlas2.assign(graph, { iterations: ROUND, settings });
    const positions = write(graph);
    postMessage(positions, { transfer: [positions.buffer] });
  }
  close();
});
