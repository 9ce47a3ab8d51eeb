/** Island `mycode`: the phone's own key, the code it shows anew every minute, and how old what is shown is. */
import "./mycode.css";

import { svg } from "../../dom";
import { textsOf, type Texts } from "../../texts";
import { minuteOf, newKey, publicHex, shown } from "../../wire/shown";
import { isSigned, kept } from "../../wire/signed";
import { witness } from "../../wire/witness";
import { modulesOf, outline } from "../qr/modules";
import { fetchHead, fetchProof, fetchToken, type State } from "./fetching";
import { forgetPage, keepPage } from "./keeping";
import { type Kept, Store, type Token } from "./store";

const TICK_MS = 5_000;
const ASK_MS = 5 * 60_000;
const HEAD = "lianfang-log-head";
const KEYS = "lianfang-log-keys";

function draw(stage: HTMLElement, text: string): void {
  const modules = modulesOf(text);
  const size = String(modules.length + 8);
  const attributes = { viewBox: `-4 -4 ${size} ${size}`, "shape-rendering": "crispEdges", "aria-hidden": "true" };
  stage.replaceChildren(svg("svg", attributes, svg("path", { d: outline(modules) })));
  stage.dataset["shown"] = text;
}

/** One person's code on this page. */
class Code {
  private readonly person: string;
  private kept: Kept | undefined;
  private loose: Token | undefined; // of a browser that cannot keep a key
  private minute = -1;

  constructor(
    private readonly root: HTMLElement,
    private readonly store: Store | undefined,
    private readonly texts: Texts,
  ) {
    this.person = root.dataset["person"] ?? "";
  }

  async open(): Promise<void> {
    if (this.store === undefined) return;
    this.kept = (await this.store.of(this.person)) ?? { person: this.person, key: await newKey() };
    await this.store.put(this.kept);
  }

  /** Fetch a code; a colour that is no longer the page's reloads the page. */
  async ask(url: string, csrf: string): Promise<State> {
    const holder = this.kept === undefined ? "" : await publicHex(this.kept.key);
    const { state, token } = await fetchToken(url, csrf, this.person, holder);
    if (token !== undefined) await this.keep(token);
    return token !== undefined && token.colour !== this.root.dataset["colour"] ? "failed" : state;
  }

  get isOtherColour(): boolean {
    const token = this.kept?.token ?? this.loose;
    return token !== undefined && token.colour !== this.root.dataset["colour"];
  }

  private async keep(token: Token): Promise<void> {
    this.minute = -1;
    if (this.kept === undefined || this.store === undefined) {
      this.loose = token;
      return;
    }
    this.kept = { ...this.kept, token };
    await this.store.put(this.kept);
  }

  async show(): Promise<void> {
    const stage = this.root.querySelector<HTMLElement>("[data-qr]");
    const note = this.root.querySelector<HTMLElement>("[data-note]");
    if (stage === null || note === null) return;
    const token = this.kept?.token ?? this.loose;
    const now = Date.now();
    if (token === undefined || token.expires_at * 1000 <= now) {
      stage.replaceChildren();
      delete stage.dataset["shown"];
      note.textContent = this.texts(token === undefined ? "none" : "over");
      this.root.classList.toggle("lf-mycode-over", token !== undefined);
      return;
    }
    if (minuteOf(now) === this.minute) return;
    this.minute = minuteOf(now);
    draw(stage, this.kept?.token === undefined ? token.text : await shown(token.text, this.kept.key.privateKey, now));
    const at = new Date(token.expires_at * 1000).toLocaleString(document.documentElement.lang, { dateStyle: "short", timeStyle: "short" });
    note.textContent = `${this.texts("until", { at })} · ${this.texts(this.kept === undefined ? "unbound" : "new")}`;
  }
}

class Page {
  private readonly texts: Texts;
  private readonly codes: Code[];
  private readonly drawnAt: number;
  private readonly csrf: string;
  private keeping: Promise<void> = Promise.resolve();

  constructor(
    private readonly root: HTMLElement,
    store: Store | undefined,
    private readonly leaving: AbortSignal,
  ) {
    this.texts = textsOf(root);
    this.drawnAt = Date.parse(root.dataset["at"] ?? "");
    this.csrf = root.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]")?.value ?? "";
    const found = root.querySelectorAll<HTMLElement>("[data-code]:not([data-colour=grey])");
    this.codes = [...found].map((each) => new Code(each, store, this.texts));
  }

  async start(): Promise<void> {
    const leaving = this.leaving;
    for (const code of this.codes) await code.open();
    await this.show();
    await this.ask();
    if (leaving.aborted) return;
    const shows = setInterval(() => void this.show(), TICK_MS);
    const asks = setInterval(() => void this.ask(), ASK_MS);
    leaving.addEventListener("abort", () => {
      clearInterval(shows);
      clearInterval(asks);
    });
    window.addEventListener("online", () => void this.ask(), { signal: leaving });
    document.addEventListener("visibilitychange", () => void this.show(), { signal: leaving });
    this.root.dataset["ready"] = "";
  }

  private async show(): Promise<void> {
    for (const code of this.codes) await code.show();
  }

  private async ask(): Promise<void> {
    let worst: State = navigator.onLine ? "fresh" : "offline";
    for (const code of this.codes) {
      const state = await code.ask(this.root.dataset["url"] ?? "", this.csrf);
      if (code.isOtherColour && state !== "offline" && state !== "session") {
        location.reload();
        return;
      }
      if (state !== "fresh") worst = state;
    }
    this.tell(worst);
    await this.show();
    if (worst === "fresh") await this.remember();
  }

  /** What this phone keeps: the log's head it saw, and this page. */
  private async remember(): Promise<void> {
    await this.witness();
    const { worker, scope } = this.root.dataset;
    if (this.isWorthKeeping()) {
      this.keeping = this.keep(worker ?? "", scope ?? "");
      await this.keeping;
    }
  }

  /** Compare the centre's log with what this phone saw before, and say so if it was changed. */
  private async witness(): Promise<void> {
    const { head = "", proof = "", ed25519 = "", es256 = "" } = this.root.dataset;
    const now = await fetchHead(head);
    if (now === undefined || !("subtle" in crypto)) return;
    const keys = kept(localStorage, KEYS, { ed25519, es256 });
    const seen = (await isSigned(now, keys)) ? await witness(localStorage, HEAD, now, (old, size) => fetchProof(proof, old, size)) : "unsigned";
    for (const alarm of this.root.querySelectorAll<HTMLElement>("[data-log]")) alarm.hidden = alarm.dataset["log"] !== seen;
    this.root.dataset["seen"] = seen;
  }

  private isWorthKeeping(): boolean {
    return Date.now() - this.drawnAt < ASK_MS && !this.leaving.aborted;
  }

  /** Settles when nothing more is being stored; after leaving nothing will be. */
  async settled(): Promise<void> {
    await this.keeping;
  }

  private async keep(worker: string, scope: string): Promise<void> {
    try {
      await keepPage(worker, scope);
      this.root.dataset["kept"] = "";
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof DOMException)) throw error;
      // No room, or the network went: the page works all the same, and is stored the next time.
    }
  }

  private tell(state: State): void {
    const place = this.root.querySelector<HTMLElement>("[data-state]");
    const words = place?.querySelector<HTMLElement>("[data-state-words]");
    if (!place || !words) return;
    const minutes = Math.max(0, Math.round((Date.now() - this.drawnAt) / 60_000));
    const age = minutes < 120 ? this.texts("minutes", { n: minutes }) : this.texts("hours", { n: Math.round(minutes / 60) });
    place.dataset["state"] = state;
    if (state !== "fresh") words.textContent = this.texts(state, { age });
    const renew = place.querySelector<HTMLElement>("[data-renew]");
    if (renew !== null) renew.hidden = state !== "session";
  }
}

async function openStore(): Promise<Store | undefined> {
  if (!("subtle" in crypto)) return undefined;
  try {
    return await Store.open();
  } catch {
    return undefined; // a browser that keeps nothing: the code is fetched each time, and shown without a key
  }
}

function forgetOnClose(page: Page, root: HTMLElement, store: Store | undefined, leaving: AbortController): void {
  root.querySelector<HTMLFormElement>("form[data-forget]")?.addEventListener("submit", (event) => {
    event.preventDefault();
    leaving.abort();
    const form = event.currentTarget as HTMLFormElement;
    const forget = (): Promise<unknown> => Promise.allSettled([forgetPage(), store?.forget()]);
    void page
      .settled()
      .then(forget, forget)
      .then(() => {
        form.submit();
      });
  });
}

export function mount(root: HTMLElement): void {
  const leaving = new AbortController();
  root.addEventListener("lf:gone", () => {
    leaving.abort();
  });
  void openStore().then((store) => {
    const page = new Page(root, store, leaving.signal);
    forgetOnClose(page, root, store, leaving);
    return page.start();
  });
}
