/** The network held by the page: answers merged, new nodes given a first position. Pure apart from the graph it changes. */
import Graph from "graphology";

import type { NetData, NetEdge, NetNode } from "./data";

export interface NodeAttributes extends NetNode {
  x: number;
  y: number;
  size: number;
}

export type EdgeAttributes = Pick<NetEdge, "kind" | "label">;
export type Net = Graph<NodeAttributes, EdgeAttributes>;

const RING = 100;
const TURN = 2 * Math.PI;
const SIZES: Record<NetNode["kind"], number> = { person: 8, lot: 8, package: 6, surface: 7, place: 9 };

export function emptyNet(): Net {
  return new Graph<NodeAttributes, EdgeAttributes>({ type: "undirected", multi: false });
}

function angleOf(net: Net, node: string): number | undefined {
  const known = net.neighbors(node).map((other) => net.getNodeAttributes(other)).filter((other) => other.x !== 0 || other.y !== 0);
  if (known.length === 0) return undefined;
  const sum = known.reduce((total, { x, y }) => ({ x: total.x + x / Math.hypot(x, y), y: total.y + y / Math.hypot(x, y) }), { x: 0, y: 0 });
  return Math.atan2(sum.y, sum.x);
}

/** One ring per generation, each node near the neighbours it was reached from: a start the forces only refine. */
function placeRings(net: Net, added: string[]): void {
  const generations = [...new Set(added.map((node) => net.getNodeAttribute(node, "generation")))].sort((a, b) => a - b);
  for (const generation of generations) {
    const ring = added.filter((node) => net.getNodeAttribute(node, "generation") === generation);
    const wanted = new Map(ring.map((node) => [node, angleOf(net, node) ?? 0]));
    ring.sort((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0));
    const radius = RING * (generation + (ring.length > 1 ? 0.5 : 0)) + ring.length * 0.5;
    for (const [index, node] of ring.entries()) {
      const angle = (index / ring.length) * TURN;
      // Never exactly the middle: the forces need a direction.
      net.mergeNodeAttributes(node, { x: radius * Math.cos(angle) + 0.01 * (index + 1), y: radius * Math.sin(angle) });
    }
  }
}

/** New neighbours in a circle around the node that was opened. */
function placeAround(net: Net, added: string[], around: string): void {
  const centre = net.getNodeAttributes(around);
  const radius = RING * 0.35 + added.length;
  for (const [index, node] of added.entries()) {
    const angle = (index / added.length) * TURN;
    net.mergeNodeAttributes(node, { x: centre.x + radius * Math.cos(angle), y: centre.y + radius * Math.sin(angle) });
  }
}

/**
 * Merge one answer; edges to unknown nodes are left out, known nodes take the newer facts and keep their place.
 * `around`: the node that was opened. Returns the ids that are new.
 */
export function absorb(net: Net, data: NetData, around?: string): string[] {
  const added: string[] = [];
  for (const node of data.nodes) {
    if (net.hasNode(node.id)) net.mergeNodeAttributes(node.id, node);
    else {
      net.addNode(node.id, { ...node, x: 0, y: 0, size: SIZES[node.kind] + (node.generation === 0 ? 4 : 0) });
      added.push(node.id);
    }
  }
  for (const { source, target, kind, label } of data.edges) {
    if (source !== target && net.hasNode(source) && net.hasNode(target)) net.mergeEdge(source, target, { kind, label });
  }
  if (around !== undefined && net.hasNode(around)) {
    placeAround(net, added, around);
    if (!data.nodes.some((node) => node.id === around)) net.setNodeAttribute(around, "n_hidden", 0);
  } else placeRings(net, added);
  return added;
}

/** Ids whose label or id holds the query, best first: those that begin with it, then by generation. */
export function found(net: Net, query: string): string[] {
  const wanted = query.trim().toLowerCase();
  if (wanted === "") return [];
  const rank = (node: string): number => {
    const { label, generation } = net.getNodeAttributes(node);
    return (label.toLowerCase().startsWith(wanted) ? 0 : 1000) + generation;
  };
  return net
    .filterNodes((node, { label }) => label.toLowerCase().includes(wanted) || node === wanted)
    .sort((a, b) => rank(a) - rank(b));
}
