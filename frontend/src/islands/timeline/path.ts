/** The proof path's geometry: points, and curves with an arrow head between them. Pure; pixels. */

export interface Point {
  x: number;
  y: number;
}

export interface Curve {
  /** SVG path data, ending where the arrow head begins. */
  d: string;
  /** Points of the arrow head's triangle. */
  head: string;
}

export const MARK_R = 10;
const HEAD = 8;
const ASIDE = 2 * MARK_R + 2;

const f = (value: number): string => value.toFixed(1);

function head(tip: Point, angle: number): string {
  const corner = (turn: number): string =>
    `${f(tip.x - HEAD * Math.cos(angle + turn))},${f(tip.y - HEAD * Math.sin(angle + turn))}`;
  return `${f(tip.x)},${f(tip.y)} ${corner(0.45)} ${corner(-0.45)}`;
}

/** From one mark to the next: an arch in the same lane, a sweep into the next mark's left side, or straight down when there is no room. */
export function curve(a: Point, b: Point): Curve {
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  if (Math.abs(dy) < MARK_R) {
    const up = -34;
    const tip = { x: b.x, y: b.y - MARK_R - 1 };
    const d = `M${f(a.x)},${f(a.y - MARK_R)} C${f(a.x + dx * 0.2)},${f(a.y + up)} ${f(b.x - dx * 0.1)},${f(b.y + up)} ${f(tip.x)},${f(tip.y - HEAD / 2)}`;
    return { d, head: head(tip, Math.PI / 2) };
  }
  const side = Math.sign(dy);
  const start = { x: a.x, y: a.y + side * MARK_R };
  if (dx > 4 * MARK_R) {
    const tip = { x: b.x - MARK_R - 1, y: b.y };
    const d = `M${f(start.x)},${f(start.y)} C${f(a.x)},${f(a.y + dy * 0.75)} ${f(a.x + dx * 0.4)},${f(b.y)} ${f(tip.x - HEAD / 2)},${f(tip.y)}`;
    return { d, head: head(tip, 0) };
  }
  const tip = { x: b.x, y: b.y - side * (MARK_R + 1) };
  const bend = Math.min(Math.abs(dy) * 0.5, 60) * side;
  const d = `M${f(start.x)},${f(start.y)} C${f(a.x)},${f(start.y + bend)} ${f(b.x)},${f(tip.y - bend)} ${f(tip.x)},${f(tip.y - (side * HEAD) / 2)}`;
  return { d, head: head(tip, (side * Math.PI) / 2) };
}

/** Marks that would cover each other step aside to the right; order and heights are kept. */
export function spread(points: Point[]): Point[] {
  const placed: Point[] = [];
  for (const point of points) {
    let free = point;
    while (placed.some((other) => Math.hypot(other.x - free.x, other.y - free.y) < ASIDE)) {
      free = { x: free.x + ASIDE, y: free.y };
    }
    placed.push(free);
  }
  return placed;
}
