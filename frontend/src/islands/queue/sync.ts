/** Handing over what waits: each entry has an id of its own, so that sending it twice stores it once. */
import type { Entry } from "./store";

export interface Kept {
  client_id: string;
  is_stored: boolean;
  code: string;
  message: string;
}

export type Outcome = { kind: "answered"; results: Kept[] } | { kind: "offline" | "session" | "failed" };

export const MOST = 100;

/** Temperature as typed ("36.6", "366", "36,6") in tenths; undefined when it is none between 34 and 43 degrees. */
export function tenthsOf(text: string): number | undefined {
  const value = Number(text.trim().replace(",", "."));
  if (text.trim() === "" || !Number.isFinite(value)) return undefined;
  const tenths = Math.round(value >= 300 ? value : value * 10);
  return tenths >= 340 && tenths <= 430 ? tenths : undefined;
}

function isKept(value: unknown): value is Kept {
  return typeof value === "object" && value !== null && "client_id" in value && "is_stored" in value;
}

/** Send up to MOST entries of one kind and tell what became of each. */
export async function send(url: string, token: string, entries: readonly Entry[]): Promise<Outcome> {
  let answer: Response;
  try {
    answer = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token },
      body: JSON.stringify({ entries: entries.slice(0, MOST) }),
    });
  } catch {
    return { kind: "offline" };
  }
  if (answer.status === 401 || answer.status === 403) return { kind: "session" };
  if (!answer.ok) return { kind: "failed" };
  const content: unknown = await answer.json();
  if (typeof content !== "object" || content === null || !("results" in content) || !Array.isArray(content.results)) {
    return { kind: "failed" };
  }
  return { kind: "answered", results: content.results.filter(isKept) };
}
