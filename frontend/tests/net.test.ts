import { describe, expect, it } from "vitest";

import type { NetData, NetNode } from "../src/islands/graph/data";
import { absorb, emptyNet, found } from "../src/islands/graph/net";

function node(id: string, generation = 0, more: Partial<NetNode> = {}): NetNode {
  return { id, label: `label ${id}`, kind: "person", cls: "index", generation, n_hidden: 0, href: "", ...more };
}

function answer(nodes: NetNode[], pairs: [string, string][]): NetData {
  return { nodes, edges: pairs.map(([source, target]) => ({ source, target, kind: "presence", label: "" })), truncated: false };
}

describe("answers", () => {
  it("are merged: edges once, in either direction, none to unknown nodes", () => {
    const net = emptyNet();
    absorb(net, answer([node("a"), node("b", 1)], [["a", "b"], ["b", "a"], ["a", "zz"], ["a", "a"]]));
    expect([net.order, net.size]).toEqual([2, 1]);
  });

  it("give every new node a place of its own", () => {
    const net = emptyNet();
    absorb(net, answer([node("a"), ...Array.from({ length: 50 }, (_, index) => node(`n${index}`, 1 + (index % 3)))], []));
    const places = new Set(net.mapNodes((_id, { x, y }) => `${x.toFixed(3)},${y.toFixed(3)}`));
    expect(places.size).toBe(51);
  });

  it("of an opened node stand around it and leave the others in place", () => {
    const net = emptyNet();
    absorb(net, answer([node("a", 0, { n_hidden: 3 }), node("b", 1)], [["a", "b"]]));
    const before = net.getNodeAttributes("b");
    const added = absorb(net, answer([node("c", 1), node("d", 1)], [["a", "c"], ["a", "d"]]), "a");
    expect(added).toEqual(["c", "d"]);
    expect(net.getNodeAttributes("b")).toEqual(before);
    expect(net.getNodeAttribute("a", "n_hidden")).toBe(0);
  });

  it("bring newer facts about known nodes", () => {
    const net = emptyNet();
    absorb(net, answer([node("a", 0, { n_hidden: 9 })], []));
    absorb(net, answer([node("a", 0, { n_hidden: 4 })], []), "a");
    expect(net.getNodeAttribute("a", "n_hidden")).toBe(4);
  });
});

describe("search", () => {
  it("finds by label and id, those that begin with it first", () => {
    const net = emptyNet();
    absorb(net, answer([node("1", 0, { label: "Old market" }), node("2", 3, { label: "Market east" }), node("3", 1, { label: "Wang" })], []));
    expect(found(net, "market")).toEqual(["2", "1"]);
    expect(found(net, "3")).toEqual(["3"]);
    expect(found(net, "  ")).toEqual([]);
  });
});
