/** One scan after another: kept, asked, shown, and only then forgotten. */
import type { Answer, Door } from "./door";
import type { Outbox, Scan } from "./outbox";

export const MOST = 200;
export const CHECK = "check";

/** Without the door: looked at by staff, recorded as such. */
export const UNREACHED: Answer = { outcome: CHECK, reasons: [], inside: 0, cap: null, recorded: false, snapshot_age_s: null };

export class Work {
  private flushing = false;

  constructor(
    private readonly outbox: Outbox,
    private readonly door: Door,
    private readonly clock: () => number = Date.now,
  ) {}

  /** Keep a scan, ask the door, and give what is to be shown. */
  async take(scan: Scan): Promise<{ answer: Answer; reached: boolean }> {
    await this.outbox.put(scan);
    const [answer] = (await this.door.ask([scan], this.clock())) ?? [];
    if (answer?.recorded) {
      await this.outbox.remove([scan.client_id]);
      return { answer, reached: true };
    }
    // What is shown now is what happened: the door takes it in later and does not decide again.
    const shown = answer?.outcome ?? CHECK;
    const kind = scan.kind === "asked" && answer === undefined ? "unread" : scan.kind;
    await this.outbox.put({ ...scan, kind, shown });
    return { answer: answer ?? UNREACHED, reached: answer !== undefined };
  }

  /** Hand over what waits, oldest first, until nothing waits or the door takes nothing more. */
  async flush(): Promise<void> {
    if (this.flushing) return;
    this.flushing = true;
    try {
      for (let left = await this.settled(); left.length > 0; left = await this.settled()) {
        const answers = await this.door.ask(left, this.clock());
        const done = left.filter((_, i) => answers?.[i]?.recorded === true).map((scan) => scan.client_id);
        if (done.length === 0) return;
        await this.outbox.remove(done);
      }
    } finally {
      this.flushing = false;
    }
  }

  /** Those that nobody is waiting for at this moment: they were shown, or are left from an earlier start. */
  private async settled(): Promise<Scan[]> {
    const now = this.clock();
    const old = (await this.outbox.oldest(MOST)).filter((scan) => scan.shown !== undefined || now - scan.at > 10_000);
    return old.map((scan) => (scan.shown === undefined ? { ...scan, kind: scan.kind === "asked" ? "unread" : scan.kind, shown: CHECK } : scan));
  }
}
