/** Island `graph`: people, goods and places as one network; starts at the index and grows where one asks. */
import "./graph.css";

import { element, icon } from "../../dom";
import type { Texts } from "../../texts";
import { failureNotice, fetchJson, LoadError, startIsland, type Setting } from "../load";
import { tonesOf } from "../tones";
import { NetCanvas } from "./canvas";
import { decodeNet, type NetData } from "./data";
import { relax } from "./layout";
import { absorb, emptyNet, found, type Net } from "./net";
import { fillCard, legend, listRows, type Hands, type Words } from "./parts";

const SEARCH_WAIT_MS = 150;

function tool(sign: SVGSVGElement, label: string, act: () => void): HTMLButtonElement {
  const made = element("button", { type: "button", class: "btn btn-icon", "aria-label": label, title: label }, sign);
  made.addEventListener("click", act);
  return made;
}

class GraphIsland {
  private readonly net: Net = emptyNet();
  private readonly texts: Texts;
  private readonly words: Words;
  private readonly box = element("div", { class: "lf-net-box" });
  private readonly card = element("div", { class: "lf-net-card card", hidden: true, "aria-live": "polite" });
  private readonly note = element("div", { class: "lf-net-note", role: "status" });
  private readonly list = element("ul", { class: "lf-net-list" });
  private readonly search: HTMLInputElement;
  private readonly canvas: NetCanvas | undefined;
  private legend: HTMLElement = element("ul");
  private waiting = 0;
  private readonly hands: Hands = {
    pick: (node) => {
      this.pick(node);
    },
    expand: (node) => void this.expand(node),
  };

  constructor(
    private readonly stage: HTMLElement,
    data: NetData,
    private readonly setting: Setting,
  ) {
    const { root, texts } = setting;
    this.texts = texts;
    this.words = { texts, toneOf: tonesOf(root, "class") };
    this.search = element("input", { type: "search", class: "form-control", placeholder: texts("search"), "aria-label": texts("search") });
    absorb(this.net, data);
    const count = element("summary");
    const list = element("details", { class: "lf-net-as-list" }, count, this.list);
    stage.classList.add("lf-net");
    stage.append(this.bar(), this.note, element("div", { class: "lf-net-middle" }, this.box, this.card), this.legend, list);
    this.canvas = this.openCanvas();
    list.open = this.canvas === undefined;
    this.listen();
    this.refresh();
    this.tell(data.truncated ? texts("truncated") : "");
    if (this.canvas) relax(this.net);
  }

  private openCanvas(): NetCanvas | undefined {
    try {
      return new NetCanvas(this.box, this.net, this.texts, this.words.toneOf, this.setting.gone);
    } catch (error) {
      // Without WebGL the list below does the same work.
      console.warn(error);
      this.box.replaceChildren(element("p", { class: "lf-empty" }, this.texts("no-webgl")));
      return undefined;
    }
  }

  private bar(): HTMLElement {
    const { texts } = this;
    return element(
      "div",
      { class: "lf-net-bar d-print-none" },
      this.search,
      element(
        "div",
        { class: "lf-net-tools", role: "group", "aria-label": texts("view") },
        tool(icon("zoom-out"), texts("zoom-out"), () => { this.canvas?.zoom(false); }),
        tool(icon("zoom-in"), texts("zoom-in"), () => { this.canvas?.zoom(true); }),
        tool(icon("focus-centered"), texts("fit"), () => { this.canvas?.fit(); }),
        tool(icon("affiliate"), texts("rearrange"), () => { relax(this.net); }),
        tool(icon("maximize"), texts("fullscreen"), () => { this.fullscreen(); }),
      ),
    );
  }

  private fullscreen(): void {
    if (document.fullscreenElement) void document.exitFullscreen();
    else void this.stage.requestFullscreen();
  }

  private listen(): void {
    this.search.addEventListener("input", () => {
      clearTimeout(this.waiting);
      this.waiting = window.setTimeout(() => { this.applySearch(); }, SEARCH_WAIT_MS);
    });
    this.search.addEventListener("keydown", (event) => {
      const best = found(this.net, this.search.value)[0];
      if (event.key === "Enter" && best !== undefined) this.pick(best);
    });
    // The page scrolls with the wheel; the network zooms with Ctrl + wheel, or when it fills the screen.
    this.box.addEventListener("wheel", (event) => {
      if (event.ctrlKey || event.metaKey || document.fullscreenElement) event.preventDefault();
      else event.stopImmediatePropagation();
    }, { capture: true, passive: false });
    this.canvas?.sigma.on("clickNode", ({ node }) => { this.pick(node); });
    this.canvas?.sigma.on("doubleClickNode", (event) => {
      event.preventSigmaDefault();
      void this.expand(event.node);
    });
    this.canvas?.sigma.on("clickStage", () => { this.pick(undefined); });
  }

  private applySearch(): void {
    if (this.canvas) {
      this.canvas.focus.matches = this.search.value.trim() === "" ? undefined : new Set(found(this.net, this.search.value));
      this.canvas.sigma.refresh({ skipIndexation: true });
    }
    this.refreshList();
  }

  private pick(node: string | undefined): void {
    if (this.canvas) {
      this.canvas.focus.picked = node;
      this.canvas.focus.matches = undefined;
      this.canvas.sigma.refresh({ skipIndexation: true });
    }
    if (node === undefined) {
      this.card.hidden = true;
      return;
    }
    fillCard(this.card, node, this.net.getNodeAttributes(node), this.words, this.hands);
    this.canvas?.centre(node);
  }

  private async expand(node: string): Promise<void> {
    const url = new URL(this.setting.root.dataset["url"] ?? "", location.href);
    url.searchParams.set("node", node);
    this.setting.root.setAttribute("aria-busy", "true");
    this.tell(this.texts("loading"));
    try {
      const data = await fetchJson(url.pathname + url.search, decodeNet);
      const added = absorb(this.net, data, node);
      this.tell(this.texts("added", { n: added.length }));
      this.refresh();
      this.pick(node);
      if (this.canvas && added.length > 0) relax(this.net, new Set(added));
    } catch (error) {
      if (!(error instanceof LoadError)) throw error;
      this.note.replaceChildren(failureNotice(error, this.texts, () => void this.expand(node)));
    } finally {
      this.setting.root.removeAttribute("aria-busy");
    }
  }

  private tell(text: string): void {
    this.note.textContent = text;
  }

  private refresh(): void {
    const now = legend(this.net, this.words);
    this.legend.replaceWith(now);
    this.legend = now;
    this.refreshList();
  }

  private refreshList(): void {
    const query = this.search.value.trim();
    const byGeneration = (a: string, b: string): number => this.net.getNodeAttribute(a, "generation") - this.net.getNodeAttribute(b, "generation");
    const ids = query === "" ? this.net.nodes().sort(byGeneration) : found(this.net, query);
    const summary = this.list.parentElement?.querySelector("summary");
    if (summary) summary.textContent = this.texts("list", { n: ids.length });
    this.list.replaceChildren(...listRows(this.net, ids, this.words, this.hands));
  }
}

function draw(stage: HTMLElement, data: NetData, setting: Setting): void {
  new GraphIsland(stage, data, setting);
}

export function mount(root: HTMLElement): void {
  startIsland(root, { decode: decodeNet, isEmpty: (data) => data.nodes.length === 0, draw });
}
