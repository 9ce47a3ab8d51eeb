/** One record or arrival as typed in its form. */
import type { Arrival, HealthRecord } from "./store";
import { tenthsOf } from "./tenths";

/** Read a form; undefined when the temperature cannot be one, or nothing is said, or somebody not reached says something. */
export function entryOf(data: FormData, person: string): HealthRecord | undefined {
  const read = reader(data);
  const typed = read("temperature");
  const tenths = tenthsOf(typed);
  const symptoms = data.getAll("symptoms").filter((each): each is string => typeof each === "string");
  const reached = !data.has("is_unreached");
  const says = tenths !== undefined || symptoms.length > 0;
  if ((typed !== "" && tenths === undefined) || reached !== says) return undefined;
  return {
    kind: "record",
    client_id: newId(read("client_id")),
    person,
    way: read("way") === "visit" ? "visit" : "call",
    tenths_celsius: tenths ?? null,
    symptoms,
    is_reached: reached,
    note: read("note"),
    taken_at: new Date().toISOString(),
  };
}

/** Read the form of an arrival; undefined without a day. */
export function arrivalOf(data: FormData, person: string, returned: string): Arrival | undefined {
  const day = reader(data)("arrived_on");
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return undefined;
  return { kind: "arrival", client_id: newId(""), person, returned, arrived_on: day, taken_at: new Date().toISOString() };
}

/** A kept page is opened again and again: the id it came with would make a second record look like the first sent twice. */
function newId(given: string): string {
  return typeof crypto.randomUUID === "function" ? crypto.randomUUID() : given;
}

function reader(data: FormData): (name: string) => string {
  return (name) => {
    const value = data.get(name);
    return typeof value === "string" ? value : "";
  };
}
