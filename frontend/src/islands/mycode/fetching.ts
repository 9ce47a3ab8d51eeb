/** Fetching a code from the centre. */
import type { SignedHead } from "../../wire/signed";
import type { Token } from "./store";

export type State = "fresh" | "offline" | "session" | "failed";

export interface Answer {
  state: State;
  token?: Token;
}

function isToken(value: unknown): value is Token {
  return typeof value === "object" && value !== null && "text" in value && "expires_at" in value && "colour" in value;
}

/** Ask for the code of a person, bound to this phone's key (hex; "" where there is none). */
export async function fetchToken(url: string, csrf: string, person: string, holder: string): Promise<Answer> {
  let answer: Response;
  try {
    answer = await fetch(url, {
      method: "POST",
      redirect: "manual",
      headers: { Accept: "application/json", "X-CSRFToken": csrf },
      body: new URLSearchParams({ person, holder }),
    });
  } catch {
    return { state: "offline" };
  }
  if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) return { state: "session" };
  if (!answer.ok) return { state: "failed" };
  const content: unknown = await answer.json();
  return isToken(content) ? { state: "fresh", token: content } : { state: "failed" };
}

async function fetched(address: string): Promise<unknown> {
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    return answer.ok ? ((await answer.json()) as unknown) : undefined;
  } catch {
    return undefined;
  }
}

/** The evidence log's newest signed head, undefined when nobody answers. */
export async function fetchHead(address: string): Promise<SignedHead | undefined> {
  return (await fetched(address)) as SignedHead | undefined;
}

/** The proof that the log of one size begins that of another. */
export async function fetchProof(address: string, old: number, now: number): Promise<string[] | undefined> {
  const found = (await fetched(`${address}?old=${String(old)}&new=${String(now)}`)) as { proof: string[] } | undefined;
  return found?.proof;
}
