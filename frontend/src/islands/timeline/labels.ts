/** Labels that do not collide. Pure; pixels. */

export interface Span {
  left: number;
  width: number;
}

export interface PlacedLabel {
  text: string;
  left: number;
  inside: boolean;
}

export type Measure = (text: string) => number;

const GAP = 6;
const LEAST = 26;

/** Indexes of spans kept, first come first served, so that none touch. */
export function declutter(spans: Span[], gap = GAP): number[] {
  const kept: number[] = [];
  for (const [index, span] of spans.entries()) {
    const free = kept.every((other) => {
      const taken = spans[other];
      return taken === undefined || span.left + span.width + gap <= taken.left || taken.left + taken.width + gap <= span.left;
    });
    if (free) kept.push(index);
  }
  return kept;
}

/** As much of the text as fits, with an ellipsis; "" when not even a few letters do. */
export function shortened(text: string, room: number, measure: Measure): string {
  if (measure(text) <= room) return text;
  const letters = Array.from(text);
  let low = 0;
  let high = letters.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (measure(`${letters.slice(0, middle).join("")}…`) <= room) low = middle;
    else high = middle - 1;
  }
  return low === 0 ? "" : `${letters.slice(0, low).join("")}…`;
}

/**
 * A label for one bar: inside it when it fits, else behind it when the row is free up to `nextLeft`, else cut to the bar.
 * `bar` is the visible part; undefined = no room.
 */
export function placeLabel(text: string, bar: Span, nextLeft: number, measure: Measure): PlacedLabel | undefined {
  if (text === "") return undefined;
  const wanted = measure(text);
  if (wanted + 2 * GAP <= bar.width) return { text, left: bar.left + GAP, inside: true };
  const behind = bar.left + bar.width + GAP;
  if (behind + wanted + GAP <= nextLeft) return { text, left: behind, inside: false };
  if (bar.width < LEAST) return undefined;
  const cut = shortened(text, bar.width - 2 * GAP, measure);
  return cut === "" ? undefined : { text: cut, left: bar.left + GAP, inside: true };
}
