/** Handing over what waits on the phone: each entry has an id of its own, so that sending it twice stores it once. */
import { element } from "./dom";
import type { Texts } from "./texts";

const MINUTE_MS = 60_000;

export interface Kept {
  client_id: string;
  is_stored: boolean;
  code: string;
  message: string;
}

export type Outcome = { kind: "answered"; results: Kept[] } | { kind: "offline" | "session" | "failed" };
export type State = "waiting" | "sent" | "offline" | "session" | "failed";

export const MOST = 100;

function isKept(value: unknown): value is Kept {
  return typeof value === "object" && value !== null && "client_id" in value && "is_stored" in value;
}

/** Send up to MOST entries of one kind and tell what became of each. */
export async function send(url: string, token: string, entries: readonly { client_id: string }[]): Promise<Outcome> {
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

/** Say how many entries wait, since when (instants as text, the oldest first) and why, with a button to try again. */
export function tellWaiting(notice: HTMLElement, texts: Texts, since: readonly string[], state: State, again: () => void): void {
  const oldest = since[0];
  notice.dataset["state"] = oldest === undefined ? "sent" : state;
  if (oldest === undefined) {
    notice.textContent = texts("sent");
    return;
  }
  const minutes = Math.max(0, Math.round((Date.now() - Date.parse(oldest)) / MINUTE_MS));
  const words = [texts("waiting", { n: since.length, age: texts("minutes", { n: minutes }) })];
  if (state === "offline" || state === "session") words.unshift(texts(state));
  const button = element("button", { type: "button", class: "btn" }, texts("retry"));
  button.addEventListener("click", again);
  notice.replaceChildren(words.join(" "), button);
}
