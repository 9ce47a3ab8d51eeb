/** Handing over swabs: the tube and the person tell what was stored before, so that sending twice stores once. */
import type { Swab } from "./store";

export interface Kept {
  client_id: string;
  is_stored: boolean;
  message: string;
}

export type Outcome = { kind: "answered"; results: Kept[] } | { kind: "offline" | "session" | "failed" };

export const MOST = 100;

function isKept(value: unknown): value is Kept {
  return typeof value === "object" && value !== null && "client_id" in value && "is_stored" in value;
}

/** Send up to MOST swabs and tell what became of each. */
export async function send(url: string, token: string, swabs: readonly Swab[]): Promise<Outcome> {
  let answer: Response;
  try {
    answer = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token },
      body: JSON.stringify({ entries: swabs.slice(0, MOST) }),
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
