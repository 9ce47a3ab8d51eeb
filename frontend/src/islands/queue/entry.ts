/** One record as typed in the form. */
import type { Entry } from "./store";
import { tenthsOf } from "./sync";

/** Read a form; undefined when the temperature cannot be one, or nothing is said, or somebody not reached says something. */
export function entryOf(data: FormData, person: string): Entry | undefined {
  const read = (name: string): string => {
    const value = data.get(name);
    return typeof value === "string" ? value : "";
  };
  const typed = read("temperature");
  const tenths = tenthsOf(typed);
  const symptoms = data.getAll("symptoms").filter((each): each is string => typeof each === "string");
  const reached = !data.has("is_unreached");
  const says = tenths !== undefined || symptoms.length > 0;
  if ((typed !== "" && tenths === undefined) || reached !== says) return undefined;
  return {
    client_id: read("client_id"),
    person,
    way: read("way") === "visit" ? "visit" : "call",
    tenths_celsius: tenths ?? null,
    symptoms,
    is_reached: reached,
    note: read("note"),
    taken_at: new Date().toISOString(),
  };
}
