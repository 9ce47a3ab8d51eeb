/** The network on its canvas: sigma with our look, glyphs in the nodes, and what is picked or searched standing out. */
import Sigma from "sigma";

import type { Texts } from "../../texts";
import { shortened } from "../timeline/labels";
import { palette, type Palette, type Tone } from "../tones";
import type { EdgeAttributes, Net, NodeAttributes } from "./net";
import { ShapeProgram, type NetSigma, type ShownNode } from "./program";

const GLYPH_LEAST_PX = 6;
const LABEL_ROOM_PX = 150;
const LINE_PX = 15;
/** The picked node's layer; its label is always written. */
const ON_TOP = 2;
/** Glyphs are written when no more than this many nodes are in sight; shape and colour always tell kind and class. */
const MOST_GLYPHS = 700;
/** Neighbours not loaded are counted on nodes at least this big. */
const MORE_LEAST_PX = 7;

interface Dot {
  x: number;
  y: number;
  size: number;
}

export interface Focus {
  picked: string | undefined;
  /** Nodes found by the search; undefined = no search. */
  matches: Set<string> | undefined;
}

export class NetCanvas {
  readonly sigma: NetSigma;
  readonly focus: Focus = { picked: undefined, matches: undefined };
  private look: Palette = palette();
  private readonly glyphs: CanvasRenderingContext2D;
  private written: { left: number; right: number; y: number }[] = [];

  /** Throws when the browser has no WebGL. */
  constructor(
    box: HTMLElement,
    private readonly net: Net,
    private readonly texts: Texts,
    private readonly toneOf: (cls: string) => Tone,
    gone: AbortSignal,
  ) {
    this.sigma = new Sigma<NodeAttributes, EdgeAttributes>(net, box, {
      defaultNodeType: "shape",
      nodeProgramClasses: { shape: ShapeProgram },
      nodeHoverProgramClasses: { shape: ShapeProgram },
      labelFont: this.look.font,
      labelSize: 12,
      labelDensity: 0.6,
      labelGridCellSize: 110,
      labelRenderedSizeThreshold: 5,
      hideEdgesOnMove: net.size > 8000,
      zIndex: true,
      minCameraRatio: 0.02,
      maxCameraRatio: 4,
      minEdgeThickness: 1.4,
      stagePadding: 40,
      allowInvalidContainer: true,
      nodeReducer: (node, attributes) => this.shown(node, attributes),
      edgeReducer: (edge, attributes) => this.line(edge, attributes),
      defaultDrawNodeHover: (pen, data) => {
        this.drawName(pen, data as ShownNode);
      },
      defaultDrawNodeLabel: (pen, data) => {
        if (data.label) this.write(pen, data.label, data, (data as ShownNode).zIndex === ON_TOP);
      },
    });
    box.querySelector(".sigma-mouse")?.setAttribute("aria-hidden", "true");
    this.glyphs = this.glyphLayer();
    this.sigma.on("beforeRender", () => {
      this.written = [];
    });
    this.sigma.on("afterRender", () => {
      this.drawGlyphs();
    });
    const repaint = (): void => {
      this.look = palette();
      this.sigma.refresh();
    };
    document.addEventListener("lf:theme", repaint, { signal: gone });
    // A browser gives a page only a few WebGL contexts.
    gone.addEventListener("abort", () => {
      this.sigma.kill();
    });
  }

  private glyphLayer(): CanvasRenderingContext2D {
    this.sigma.createCanvasContext("glyphs");
    const { glyphs, labels } = this.sigma.getCanvases();
    const pen = glyphs?.getContext("2d");
    if (!glyphs || !pen) throw new Error("no 2d canvas");
    labels?.before(glyphs);
    this.sigma.resize(true);
    return pen;
  }

  /** Nodes shrink as they become many. */
  private scale(): number {
    return Math.min(1, Math.max(0.4, Math.sqrt(400 / this.net.order)));
  }

  /** Whether a node keeps its colour: no focus, or near the picked one, or found. */
  private bright(node: string): boolean {
    const { picked, matches } = this.focus;
    if (matches !== undefined) return matches.has(node);
    if (picked === undefined || !this.net.hasNode(picked)) return true;
    return node === picked || this.net.areNeighbors(node, picked);
  }

  private shown(node: string, attributes: NodeAttributes): ShownNode {
    const isPlace = attributes.kind === "place";
    const ink = this.look.tones[this.toneOf(attributes.cls)];
    const bright = this.bright(node);
    const picked = node === this.focus.picked;
    return {
      ...attributes,
      type: "shape",
      color: isPlace || !bright ? this.look.card : ink.ground,
      border: bright ? (picked ? this.look.ink : isPlace ? this.look.soft : ink.solid) : this.look.line,
      size: attributes.size * this.scale() + (picked ? 3 : 0),
      label: bright ? attributes.label : null,
      hidden: false,
      highlighted: false,
      forceLabel: picked || attributes.generation === 0,
      zIndex: picked ? ON_TOP : bright ? 1 : 0,
    };
  }

  private line(edge: string, attributes: EdgeAttributes): { color: string; size: number; zIndex: number } {
    const { picked, matches } = this.focus;
    const near = picked !== undefined && matches === undefined && this.net.hasNode(picked) && this.net.hasExtremity(edge, picked);
    const color = near ? this.look.ink : attributes.kind === "link" ? this.look.tones.purple.solid : this.look.edge;
    return { color, size: near || attributes.kind === "link" ? 3 : this.net.size < 1500 ? 2 : 1.2, zIndex: near ? 1 : 0 };
  }

  /** A label, unless one written before stands in its way. */
  private write(pen: CanvasRenderingContext2D, label: string, at: Dot, always: boolean): void {
    pen.font = `12px ${this.look.font}`;
    const text = shortened(label, LABEL_ROOM_PX, (one) => pen.measureText(one).width);
    const left = at.x + at.size + 3;
    const right = left + pen.measureText(text).width;
    const blocked = this.written.some((box) => left < box.right && right > box.left && Math.abs(at.y - box.y) < LINE_PX);
    if (blocked && !always) return;
    this.written.push({ left, right, y: at.y });
    pen.lineWidth = 3;
    pen.strokeStyle = this.look.card;
    pen.fillStyle = this.look.ink;
    pen.strokeText(text, left, at.y + 4);
    pen.fillText(text, left, at.y + 4);
  }

  private drawName(pen: CanvasRenderingContext2D, data: ShownNode): void {
    if (!data.label) return;
    pen.font = `12px ${this.look.font}`;
    const width = pen.measureText(data.label).width + 10;
    pen.fillStyle = this.look.ink;
    pen.fillRect(data.x + data.size + 2, data.y - 10, width, 20);
    pen.fillStyle = this.look.card;
    pen.fillText(data.label, data.x + data.size + 7, data.y + 4);
  }

  private drawGlyphs(): void {
    const { width, height } = this.sigma.getDimensions();
    const pen = this.glyphs;
    pen.clearRect(0, 0, width, height);
    const dots = this.dotsInSight(width, height);
    if (dots.length > MOST_GLYPHS) return;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    for (const { node, x, y, size } of dots) {
      const { kind, cls, n_hidden: hidden } = this.net.getNodeAttributes(node);
      pen.font = `600 ${Math.round(size * 1.1)}px ${this.look.font}`;
      pen.fillStyle = kind === "place" ? this.look.ink : this.look.tones[this.toneOf(cls)].word;
      pen.fillText(this.texts(`glyph.${kind}`), x, y + (kind === "surface" ? -1 : 1));
      if (hidden > 0 && size >= MORE_LEAST_PX) this.writeMore(x + size, y - size, hidden);
    }
  }

  /** Bright nodes inside the canvas that are big enough to be written in. */
  private dotsInSight(width: number, height: number): (Dot & { node: string })[] {
    const dots: (Dot & { node: string })[] = [];
    this.net.forEachNode((node) => {
      const data = this.sigma.getNodeDisplayData(node);
      if (data === undefined) return;
      const size = this.sigma.scaleSize(data.size);
      if (size < GLYPH_LEAST_PX) return;
      const { x, y } = this.sigma.framedGraphToViewport(data);
      if (x >= 0 && y >= 0 && x <= width && y <= height && this.bright(node)) dots.push({ node, x, y, size });
    });
    return dots;
  }

  private writeMore(x: number, y: number, hidden: number): void {
    const pen = this.glyphs;
    pen.font = `600 10px ${this.look.font}`;
    pen.lineWidth = 3;
    pen.strokeStyle = this.look.card;
    pen.strokeText(`+${hidden}`, x + 4, y);
    pen.fillStyle = this.look.ink;
    pen.fillText(`+${hidden}`, x + 4, y);
  }

  /** Bring a node to the middle, close enough to read. */
  centre(node: string): void {
    const data = this.sigma.getNodeDisplayData(node);
    if (data === undefined) return;
    const ratio = Math.min(this.sigma.getCamera().ratio, 0.5);
    void this.sigma.getCamera().animate({ x: data.x, y: data.y, ratio }, { duration: 300 });
  }

  fit(): void {
    void this.sigma.getCamera().animatedReset({ duration: 300 });
  }

  zoom(closer: boolean): void {
    const camera = this.sigma.getCamera();
    void (closer ? camera.animatedZoom({ duration: 200 }) : camera.animatedUnzoom({ duration: 200 }));
  }
}
