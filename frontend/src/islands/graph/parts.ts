/** What stands around the canvas: the picked node's card, the legend, and the same nodes as a list for keyboard and readers. */
import { element, icon } from "../../dom";
import type { Texts } from "../../texts";
import type { Tone } from "../tones";
import { KINDS } from "./data";
import type { Net, NodeAttributes } from "./net";

const MOST_LISTED = 100;

export interface Hands {
  pick: (node: string) => void;
  expand: (node: string) => void;
}

export interface Words {
  texts: Texts;
  toneOf: (cls: string) => Tone;
}

export function classBadge(cls: string, { texts, toneOf }: Words): HTMLElement {
  return element("span", { class: `lf-badge lf-tone-${toneOf(cls)}` }, element("span", {}, texts(`class.${cls}`)));
}

export function kindMark(node: NodeAttributes, { texts, toneOf }: Words): HTMLElement {
  const tone = node.kind === "place" ? "grey" : toneOf(node.cls);
  return element("i", { class: `lf-net-mark lf-net-${node.kind} lf-tone-${tone}`, "aria-hidden": "true" }, element("b", {}, texts(`glyph.${node.kind}`)));
}

function expandButton(id: string, said: string, hands: Hands): HTMLButtonElement {
  const button = element("button", { type: "button", class: "btn btn-sm" }, icon("plus"), said);
  button.addEventListener("click", () => {
    hands.expand(id);
  });
  return button;
}

/** The card of a picked node: label, class, way to its page, neighbours not yet shown. */
export function fillCard(card: HTMLElement, id: string, node: NodeAttributes, words: Words, hands: Hands): void {
  const { texts } = words;
  const facts = element("p", { class: "lf-chips" }, element("span", { class: "lf-soft" }, texts(`kind.${node.kind}`)));
  if (node.cls !== "") facts.append(classBadge(node.cls, words));
  if (node.kind !== "place") facts.append(element("span", { class: "lf-soft" }, texts("generation", { n: node.generation })));
  const actions = element("div", { class: "lf-actions" });
  if (node.href !== "") actions.append(element("a", { class: "btn btn-sm btn-primary", href: node.href }, texts("open")));
  if (node.n_hidden > 0) actions.append(expandButton(id, texts("expand", { n: node.n_hidden }), hands));
  card.replaceChildren(element("strong", {}, node.label), facts, actions);
  card.hidden = false;
}

/** Shapes of the kinds and tones of the classes that are present, with how many. */
export function legend(net: Net, words: Words): HTMLElement {
  const { texts } = words;
  const nodes = net.mapNodes((_id, node) => node);
  const kinds = KINDS.flatMap((kind) => {
    const all = nodes.filter((node) => node.kind === kind);
    const sample = all[0];
    return sample ? [element("li", {}, kindMark({ ...sample, cls: "" }, words), `${texts(`kind.${kind}`)} ${all.length}`)] : [];
  });
  const classes = [...new Set(nodes.map((node) => node.cls))].filter((cls) => cls !== "").map((cls) => {
    const count = nodes.filter((node) => node.cls === cls).length;
    return element("li", {}, classBadge(cls, words), ` ${count}`);
  });
  return element("ul", { class: "lf-net-legend", "aria-label": texts("legend") }, ...kinds, ...classes);
}

/** Nodes as rows with the same actions as the canvas; `ids` best first. */
export function listRows(net: Net, ids: string[], words: Words, hands: Hands): HTMLElement[] {
  const { texts } = words;
  const rows = ids.slice(0, MOST_LISTED).map((id) => {
    const node = net.getNodeAttributes(id);
    const name = element("button", { type: "button", class: "lf-net-name" }, kindMark(node, words), element("span", { class: "lf-ellipsis", title: node.label }, node.label));
    name.addEventListener("click", () => {
      hands.pick(id);
    });
    const row = element("li", {}, name);
    if (node.cls !== "") row.append(classBadge(node.cls, words));
    if (node.n_hidden > 0) {
      const more = expandButton(id, String(node.n_hidden), hands);
      more.setAttribute("aria-label", `${node.n_hidden} ${texts("expand", { n: node.n_hidden })}: ${node.label}`);
      row.append(more);
    }
    return row;
  });
  if (ids.length > MOST_LISTED) rows.push(element("li", { class: "lf-soft" }, texts("listed", { n: MOST_LISTED, total: ids.length })));
  return rows;
}
