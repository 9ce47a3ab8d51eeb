/** What the server sends for a chart: words already translated, numbers as they are. */
import { TONES, type Tone } from "../tones";
import { DataError, finite, listOf, oneOf, orElse, shape, text, type Decoder } from "../json";

export interface Series {
  name: string;
  /** One value per category; null = unknown, which is not zero. */
  data: (number | null)[];
  tone: Tone;
}

export interface ChartData {
  kind: "bar" | "line" | "stackedbar";
  categories: string[];
  series: Series[];
}

const decode = shape<ChartData>({
  kind: oneOf("bar", "line", "stackedbar"),
  categories: listOf(text),
  series: listOf(shape<Series>({ name: text, data: listOf(orElse(finite, null)), tone: orElse(oneOf(...TONES), "blue") })),
});

/** Checks types and that every series has a value per category. Throws DataError. */
export const decodeChart: Decoder<ChartData> = (value, path) => {
  const data = decode(value, path);
  const odd = data.series.findIndex((one) => one.data.length !== data.categories.length);
  if (odd >= 0) throw new DataError(`${path}.series[${odd}].data: one value per category expected`);
  return data;
};
