/** Verdicts as everybody tells them apart: shape, word and sound; the colour comes on top. */

export type Look = "go" | "look" | "stop";

const LOOKS: Record<string, Look> = { admit: "go", admit_flagged: "go", check: "look", measure: "look", wait: "look", refuse: "stop" };
/** A circle, a triangle, an octagon: drawn, not typed, so that every screen shows them alike. */
const SHAPES: Record<Look, string> = {
  go: "M50 4a46 46 0 1 0 .1 0zM28 52l16 16 30-34",
  look: "M50 6 96 92H4zM50 36v28M50 74v6",
  stop: "M31 4h38l27 27v38L69 96H31L4 69V31zM32 32l36 36M68 32 32 68",
};
/** Frequencies in hertz, each for a tenth of a second: high and short, two alike, three falling. */
const SOUNDS: Record<Look, number[]> = { go: [880], look: [520, 520], stop: [400, 300, 200] };
const TONE_S = 0.12;

export function lookOf(outcome: string): Look {
  return LOOKS[outcome] ?? "look";
}

export function shapeOf(look: Look): string {
  return SHAPES[look];
}

let audio: AudioContext | undefined;

/** Plays the verdict's sound; silent where the browser allows none before the first touch. */
export function sound(look: Look): void {
  if (!("AudioContext" in globalThis)) return;
  audio ??= new AudioContext();
  const playing = audio;
  SOUNDS[look].forEach((frequency, place) => {
    const tone = new OscillatorNode(playing, { type: "square", frequency });
    const loudness = new GainNode(playing, { gain: 0.15 });
    tone.connect(loudness).connect(playing.destination);
    tone.start(playing.currentTime + place * TONE_S * 1.5);
    tone.stop(playing.currentTime + place * TONE_S * 1.5 + TONE_S);
  });
}

/** "36.6", "36,6" or "366" in tenths of a degree; undefined when it is none that a thermometer shows, null when empty. */
export function tenthsOf(text: string): number | null | undefined {
  const plain = text.normalize("NFKC").trim().replace(",", ".");
  if (plain === "") return null;
  const value = Number(plain);
  const tenths = Math.round(value >= 200 ? value : value * 10);
  return Number.isFinite(value) && tenths >= 300 && tenths <= 450 ? tenths : undefined;
}
