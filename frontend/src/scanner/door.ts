/** Asking the door: its own server on its own network. No answer is no verdict: staff look at the identity card. */
import type { Head } from "../wire/witness";
import type { Scan } from "./outbox";

export interface Sentence {
  code: string;
  zh: string;
  en: string;
}

export interface Answer {
  outcome: string;
  reasons: Sentence[];
  inside: number;
  cap: number | null;
  recorded: boolean;
  snapshot_age_s: number | null;
}

export interface State {
  door: string;
  inside: number;
  cap: number | null;
  waiting: number;
  waiting_age_s: number | null;
  snapshot_age_s: number | null;
  /** To which identity numbers are sealed before they are kept anywhere; empty when the door was given none. */
  sealing_point: string;
  centre_failure: string;
  log_failure: string;
  /** The evidence log's head as the door has it. */
  log: Head | null;
}

/** People wait: a door that has not answered by then is asked again later. */
const PATIENCE_MS = 4_000;

export class Door {
  constructor(private readonly word: string) {}

  /** The door's answers, in order; undefined when it cannot be reached or does not know this scanner. */
  async ask(scans: readonly Scan[], now: number): Promise<Answer[] | undefined> {
    const sent = scans.map(({ at, ...rest }) => ({ ...rest, age_ms: rest.shown === undefined ? 0 : Math.max(0, now - at) }));
    const found = await this.fetched("/scan", { method: "POST", body: JSON.stringify(sent) });
    return Array.isArray(found) && found.length === scans.length ? (found as Answer[]) : undefined;
  }

  async state(): Promise<State | undefined> {
    return (await this.fetched("/state", {})) as State | undefined;
  }

  /** The proof that the log of one size begins that of another; undefined while the centre cannot be reached. */
  async prove(old: number, now: number): Promise<string[] | undefined> {
    const found = (await this.fetched(`/consistency?old=${String(old)}&new=${String(now)}`, {})) as { proof: string[] } | undefined;
    return found?.proof;
  }

  private async fetched(path: string, options: RequestInit): Promise<unknown> {
    try {
      const answer = await fetch(path, {
        ...options,
        headers: { "X-Door-Word": this.word },
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      return answer.ok ? ((await answer.json()) as unknown) : undefined;
    } catch {
      return undefined;
    }
  }
}
