/** Today's records survive a dead connection: they wait on the phone, visibly, and are handed over when it is back. */
import { element } from "../../dom";
import { MOST, send, type State, tellWaiting } from "../../handing";
import { keepPage } from "../../keeping/page";
// Brings the worker along in the build.
import worker from "../../keeping/worker?worker&url";
import { textsOf, type Texts } from "../../texts";
import { arrivalOf, entryOf } from "./entry";
import { type Entry, Store } from "./store";

const EVERY_MS = 30_000;
const MINUTE_MS = 60_000;
const OLD_MS = 2 * MINUTE_MS;

class Queue {
  private sending = false;
  private waiting = 0;
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
        const first = left[0]?.kind === "arrival";
        const state = await this.hand(left.filter((each) => (each.kind === "arrival") === first).slice(0, MOST));
        await this.tell(state === "sent" && (await this.store.all()).length > 0 ? "waiting" : state);
        if (state !== "sent") return;
      }
    } finally {
      this.sending = false;
    }
  }

  private async hand(batch: Entry[]): Promise<State> {
    const url = batch[0]?.kind === "arrival" ? this.root.dataset["arrivals"] : this.root.dataset["url"];
    const outcome = await send(url ?? "", this.token, batch);
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

  /** Ask before signing out while something waits: it stays on this phone until the same account is back. */
  leave(event: Event): void {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || new URL(form.action).pathname !== "/logout/" || this.waiting === 0) return;
    if (!window.confirm(this.texts("leave", { n: this.waiting }))) event.preventDefault();
  }

  private mark(entry: Entry, word: string): void {
    const card = this.root.querySelector<HTMLElement>(`[data-person="${CSS.escape(entry.person)}"]`);
    const kind = entry.kind === "arrival" ? "arrival" : "health";
    const place = card?.querySelector(`[data-${kind}], [data-outcome=${kind}]`);
    if (!card || !place) return;
    card.dataset["kept"] = "";
    (place.closest("details") ?? place).replaceWith(element("p", { class: "lf-soft", role: "status", "data-outcome": kind }, word));
  }

  private async tell(state: State): Promise<void> {
    const notice = this.root.querySelector<HTMLElement>("[data-queue]");
    if (notice === null) return;
    const waiting = await this.store.all();
    this.waiting = waiting.length;
    notice.hidden = waiting.length === 0 && state !== "sent";
    const since = waiting.map((each) => each.taken_at);
    tellWaiting(notice, this.texts, since, state, () => void this.flush());
  }
}

/** The form's record or arrival; undefined when it says nothing sensible, which the form then shows. */
function read(form: HTMLFormElement, texts: Texts): Entry | undefined {
  const person = form.closest<HTMLElement>("[data-person]")?.dataset["person"] ?? "";
  const returned = form.dataset["arrival"];
  const data = new FormData(form);
  const entry = returned === undefined ? entryOf(data, person) : arrivalOf(data, person, returned);
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
    if (!(form instanceof HTMLFormElement) || !form.matches("[data-health], [data-arrival]")) return;
    event.preventDefault();
    const entry = read(form, texts);
    if (entry !== undefined) void queue.take(entry);
  });
  window.addEventListener("online", () => void queue.flush(), { signal: leaving });
  const timer = setInterval(() => void queue.flush(), EVERY_MS);
  leaving.addEventListener("abort", () => {
    clearInterval(timer);
  });
  document.addEventListener(
    "submit",
    (event) => {
      queue.leave(event);
    },
    { signal: leaving, capture: true },
  );
  tellAge(root, texts);
  await queue.resume();
  root.dataset["ready"] = "";
  // Without a connection, or where the browser keeps nothing, the page works as it is.
  await keepPage(worker, root.dataset["worker"] ?? "").then(
    () => (root.dataset["kept"] = ""),
    () => undefined,
  );
}

/** Say from when the list is if it is not from now: it was kept on this phone. */
function tellAge(root: HTMLElement, texts: Texts): void {
  const at = new Date(root.dataset["at"] ?? "");
  const notice = root.querySelector<HTMLElement>("[data-age]");
  if (notice === null || Date.now() - at.getTime() < OLD_MS) return;
  const clock = at.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
  notice.textContent = texts("age", { at: clock });
  notice.hidden = false;
}

export function mount(root: HTMLElement): void {
  const leaving = new AbortController();
  root.addEventListener("lf:gone", () => {
    leaving.abort();
  });
  void start(root, leaving.signal);
}
