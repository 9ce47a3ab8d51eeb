/** The network on its canvas: sigma with our look, glyphs in the nodes, and what is picked or searched standing out. */
import Sigma from "sigma";

import type { Texts } from "../../texts";
import { shortened } from "../timeline/labels";
import { palette, type Palette, type Tone } from "../tones";
import type { EdgeAttributes, Net, NodeAttributes } from "./net";
import { ShapeProgram, type NetSigma, type ShownNode } from "./program";

const GLYPH_LEAST_PX = 6;
const LABEL_ROOM_PX = 150;
/** Above this many nodes glyphs wait until the view stands still. */
const MANY = 1500;

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
  private still = 0;

  /** Throws when the browser has no WebGL. */
  constructor(
    box: HTMLElement,
    private readonly net: Net,
    private readonly texts: Texts,
    private readonly toneOf: (cls: string) => Tone,
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
      minEdgeThickness: 1,
      stagePadding: 40,
      allowInvalidContainer: true,
      nodeReducer: (node, attributes) => this.shown(node, attributes),
      edgeReducer: (edge, attributes) => this.line(edge, attributes),
      defaultDrawNodeHover: (pen, data) => {
        this.drawName(pen, data as ShownNode);
      },
      defaultDrawNodeLabel: (pen, data) => {
        if (data.label) this.write(pen, data.label, data);
      },
    });
    box.querySelector(".sigma-mouse")?.setAttribute("aria-hidden", "true");
    this.glyphs = this.glyphLayer();
    this.sigma.on("afterRender", () => {
      this.drawGlyphs();
    });
    document.addEventListener("lf:theme", () => {
      this.look = palette();
      this.sigma.refresh();
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
      size: attributes.size + (picked ? 3 : 0),
      label: bright ? attributes.label : null,
      hidden: false,
      highlighted: false,
      forceLabel: picked || attributes.generation === 0,
      zIndex: picked ? 2 : bright ? 1 : 0,
    };
  }

  private line(edge: string, attributes: EdgeAttributes): { color: string; size: number; zIndex: number } {
    const { picked, matches } = this.focus;
    const near = picked !== undefined && matches === undefined && this.net.hasNode(picked) && this.net.hasExtremity(edge, picked);
    const color = near ? this.look.ink : attributes.kind === "link" ? this.look.tones.purple.solid : this.look.line;
    return { color, size: near ? 2 : attributes.kind === "link" ? 2 : 1, zIndex: near ? 1 : 0 };
  }

  private write(pen: CanvasRenderingContext2D, label: string, at: { x: number; y: number; size: number }): void {
    pen.font = `12px ${this.look.font}`;
    const text = shortened(label, LABEL_ROOM_PX, (one) => pen.measureText(one).width);
    pen.lineWidth = 3;
    pen.strokeStyle = this.look.card;
    pen.fillStyle = this.look.ink;
    pen.strokeText(text, at.x + at.size + 3, at.y + 4);
    pen.fillText(text, at.x + at.size + 3, at.y + 4);
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
    this.glyphs.clearRect(0, 0, width, height);
    clearTimeout(this.still);
    if (this.net.order <= MANY) this.writeGlyphs(width, height);
    else this.still = window.setTimeout(() => { this.writeGlyphs(width, height); }, 120);
  }

  private writeGlyphs(width: number, height: number): void {
    const pen = this.glyphs;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    this.net.forEachNode((node, { kind, cls, n_hidden: hidden }) => {
      const data = this.sigma.getNodeDisplayData(node);
      if (data === undefined || !this.bright(node)) return;
      const size = this.sigma.scaleSize(data.size);
      if (size < GLYPH_LEAST_PX) return;
      const { x, y } = this.sigma.framedGraphToViewport(data);
      if (x < 0 || y < 0 || x > width || y > height) return;
      pen.font = `600 ${Math.round(size * 1.1)}px ${this.look.font}`;
      pen.fillStyle = kind === "place" ? this.look.ink : this.look.tones[this.toneOf(cls)].word;
      pen.fillText(this.texts(`glyph.${kind}`), x, y + (kind === "surface" ? -1 : 1));
      if (hidden > 0) this.writeMore(x + size, y - size, hidden);
    });
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
