/** Today's records survive a dead connection: they wait on the phone, visibly, and are handed over when it is back. */
import { element } from "../../dom";
import { textsOf, type Texts } from "../../texts";
import { entryOf } from "./entry";
import { type Entry, Store } from "./store";
import { MOST, send } from "./sync";

const EVERY_MS = 30_000;
const MINUTE_MS = 60_000;

type State = "waiting" | "sent" | "offline" | "session" | "failed";

class Queue {
  private sending = false;
  private readonly texts: Texts;
  private readonly token: string;

  constructor(
    private readonly root: HTMLElement,
    private readonly store: Store,
  ) {
    this.texts = textsOf(root);
    this.token = root.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]")?.value ?? "";
  }

  /** Show what was kept before, and try to hand it over. */
  async resume(): Promise<void> {
    for (const entry of await this.store.all()) this.mark(entry, this.texts("kept"));
    await this.tell("waiting");
    await this.flush();
  }

  async take(entry: Entry): Promise<void> {
    await this.store.add(entry);
    this.mark(entry, this.texts("kept"));
    await this.tell("waiting");
    await this.flush();
  }

  /** Hand over everything, oldest first; stops at the first failure and keeps what is left. */
  async flush(): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    try {
      for (let left = await this.store.all(); left.length > 0; left = await this.store.all()) {
        const state = await this.hand(left.slice(0, MOST));
        await this.tell(state);
        if (state !== "sent") return;
      }
    } finally {
      this.sending = false;
    }
  }

  private async hand(batch: Entry[]): Promise<State> {
    const outcome = await send(this.root.dataset["url"] ?? "", this.token, batch);
    if (outcome.kind !== "answered") return outcome.kind;
    const answered = new Map(outcome.results.map((each) => [each.client_id, each]));
    if (answered.size === 0) return "failed";
    await this.store.remove([...answered.keys()]);
    for (const entry of batch) {
      const result = answered.get(entry.client_id);
      if (result) this.mark(entry, result.is_stored ? this.texts("stored") : this.texts("refused", { why: result.message }));
    }
    return "sent";
  }

  private mark(entry: Entry, word: string): void {
    const card = this.root.querySelector<HTMLElement>(`[data-person="${CSS.escape(entry.person)}"]`);
    const place = card?.querySelector("[data-health], [data-outcome]");
    if (!card || !place) return;
    card.dataset["kept"] = "";
    place.replaceWith(element("p", { class: "lf-soft", role: "status", "data-outcome": true }, word));
  }

  private async tell(state: State): Promise<void> {
    const notice = this.root.querySelector<HTMLElement>("[data-queue]");
    if (notice === null) return;
    const waiting = await this.store.all();
    const oldest = waiting[0];
    notice.hidden = oldest === undefined && state !== "sent";
    notice.dataset["state"] = oldest === undefined ? "sent" : state;
    if (oldest === undefined) {
      notice.textContent = this.texts("sent");
      return;
    }
    const minutes = Math.max(0, Math.round((Date.now() - Date.parse(oldest.taken_at)) / MINUTE_MS));
    const words = [this.texts("waiting", { n: waiting.length, age: this.texts("minutes", { n: minutes }) })];
    if (state === "offline" || state === "session") words.unshift(this.texts(state));
    const again = element("button", { type: "button", class: "btn" }, this.texts("retry"));
    again.addEventListener("click", () => void this.flush());
    notice.replaceChildren(words.join(" "), again);
  }
}

/** The form's record; undefined when it says nothing sensible, which the form then shows. */
function read(form: HTMLFormElement, texts: Texts): Entry | undefined {
  const entry = entryOf(new FormData(form), form.closest<HTMLElement>("[data-person]")?.dataset["person"] ?? "");
  const error = form.querySelector<HTMLElement>("[data-error]");
  if (error !== null) {
    error.hidden = entry !== undefined;
    error.textContent = entry === undefined ? texts("invalid") : "";
  }
  return entry;
}

async function start(root: HTMLElement, leaving: AbortSignal): Promise<void> {
  const texts = textsOf(root);
  const queue = new Queue(root, await Store.open(root.dataset["account"] ?? ""));
  root.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.matches("[data-health]")) return;
    event.preventDefault();
    const entry = read(form, texts);
    if (entry !== undefined) void queue.take(entry);
  });
  window.addEventListener("online", () => void queue.flush(), { signal: leaving });
  const timer = setInterval(() => void queue.flush(), EVERY_MS);
  leaving.addEventListener("abort", () => {
    clearInterval(timer);
  });
  root.dataset["ready"] = "";
  await queue.resume();
}

export function mount(root: HTMLElement): void {
  const leaving = new AbortController();
  root.addEventListener("lf:gone", () => {
    leaving.abort();
  });
  void start(root, leaving.signal);
}
