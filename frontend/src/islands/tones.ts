/** Colours of the tones as the page's theme has them, for canvases that CSS does not reach. */

export type Tone = "red" | "orange" | "yellow" | "green" | "blue" | "purple" | "grey";

export const TONES: readonly Tone[] = ["red", "orange", "yellow", "green", "blue", "purple", "grey"];

export interface Ink {
  /** Words on the ground. */
  word: string;
  ground: string;
  /** Marks and lines. */
  solid: string;
}

export interface Palette {
  tones: Record<Tone, Ink>;
  card: string;
  ink: string;
  soft: string;
  line: string;
  /** Lines of a network: seen, but behind everything. */
  edge: string;
  font: string;
}

/** Read the custom properties of the present theme. */
export function palette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string): string => style.getPropertyValue(`--lf-${name}`).trim();
  const tones = Object.fromEntries(
    TONES.map((tone) => [tone, { word: read(tone), ground: read(`${tone}-ground`), solid: read(`${tone}-solid`) }]),
  ) as Record<Tone, Ink>;
  const font = getComputedStyle(document.body).fontFamily;
  return { tones, card: read("card"), ink: read("ink"), soft: read("ink-soft"), line: read("line"), edge: read("edge"), font };
}

/** The tones the server gave the words of a kind ("class"), by value; others are grey. */
export function tonesOf(root: Element, kind: string): (value: string) => Tone {
  const found = new Map<string, Tone>();
  for (const one of root.querySelectorAll<HTMLElement>(`template[data-text^="${kind}."]`)) {
    const tone = TONES.find((name) => name === one.dataset["tone"]);
    if (tone !== undefined) found.set((one.dataset["text"] ?? "").slice(kind.length + 1), tone);
  }
  return (value) => found.get(value) ?? "grey";
}
