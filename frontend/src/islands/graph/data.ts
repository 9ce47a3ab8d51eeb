/** What the server sends for the network: a neighbourhood at a time. */
import { finite, flag, id, listOf, localHref, oneOf, orElse, shape, text } from "../json";

export const KINDS = ["person", "lot", "package", "surface", "place"] as const;
export type Kind = (typeof KINDS)[number];

export interface NetNode {
  id: string;
  label: string;
  kind: Kind;
  /** An ExposureClass; "" for a place. */
  cls: string;
  generation: number;
  /** Neighbours the server has and this page does not. */
  n_hidden: number;
  href: string;
}

export interface NetEdge {
  source: string;
  target: string;
  kind: "presence" | "link";
  label: string;
}

export interface NetData {
  nodes: NetNode[];
  edges: NetEdge[];
  /** The server left something out of this answer. */
  truncated: boolean;
}

export const decodeNet = shape<NetData>({
  nodes: listOf(
    shape<NetNode>({
      id,
      label: text,
      kind: oneOf(...KINDS),
      cls: orElse(text, ""),
      generation: orElse(finite, 0),
      n_hidden: orElse(finite, 0),
      href: localHref,
    }),
  ),
  edges: listOf(shape<NetEdge>({ source: id, target: id, kind: orElse(oneOf("presence", "link"), "presence"), label: orElse(text, "") })),
  truncated: orElse(flag, false),
});
