/** The sampling point: tube, then person after person; kept on the phone first, handed over when there is a connection. */
import { scanOnce, typedCode, type Stop } from "../../camera";
import { element } from "../../dom";
import { MOST, send, type State, tellWaiting } from "../../handing";
import { keepPage } from "../../keeping/page";
// Brings the worker along in the build.
import worker from "../../keeping/worker?worker&url";
import { textsOf, type Texts } from "../../texts";
import { Store, type Swab } from "./store";

const EVERY_MS = 30_000;

interface Line {
  swab: Swab;
  said: HTMLElement;
  refused: boolean;
}

class Point {
  private sending = false;
  private readonly token: string;
  private readonly lines = new Map<string, Line>();

  constructor(
    private readonly root: HTMLElement,
    private readonly store: Store,
    private readonly texts: Texts,
  ) {
    this.token = root.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]")?.value ?? "";
  }

  async resume(): Promise<void> {
    for (const swab of await this.store.all()) this.show(swab, this.texts("kept"));
    await this.flush();
  }

  /** Those in one tube that were not refused. */
  inTube(tube: string): Swab[] {
    return [...this.lines.values()].filter((each) => !each.refused && each.swab.tube === tube).map((each) => each.swab);
  }

  /** Counted at once, called kept only when it is; rejects when the phone cannot keep it. */
  async take(swab: Swab): Promise<void> {
    const line = this.show(swab, "");
    try {
      await this.store.add(swab);
    } catch (error) {
      line.refused = true;
      line.said.textContent = this.texts("unkept");
      throw error;
    }
    line.said.textContent = this.texts("kept");
    await this.flush();
  }

  /** Hand over everything, oldest first; stops at the first failure and keeps what is left. */
  async flush(): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    try {
      for (let left = await this.store.all(); left.length > 0; left = await this.store.all()) {
        const outcome = await send(this.root.dataset["url"] ?? "", this.token, left.slice(0, MOST));
        if (outcome.kind !== "answered" || outcome.results.length === 0) {
          this.tell(left, outcome.kind === "answered" ? "failed" : outcome.kind);
          return;
        }
        for (const each of outcome.results) {
          const line = this.lines.get(each.client_id);
          if (line === undefined) continue;
          line.refused = !each.is_stored;
          line.said.textContent = each.is_stored ? this.texts("stored") : this.texts("refused", { why: each.message });
          line.said.className = each.is_stored ? "lf-soft" : "lf-late";
        }
        await this.store.remove(outcome.results.map((each) => each.client_id));
      }
      this.tell([], "sent");
    } finally {
      this.sending = false;
      this.root.dispatchEvent(new CustomEvent("lf:counted"));
    }
  }

  private show(swab: Swab, word: string): Line {
    const said = element("span", { class: "lf-soft", role: "status" }, word);
    const line = element("li", {}, element("strong", {}, swab.subject), ` · ${swab.tube} `, said);
    this.root.querySelector("[data-swabs]")?.prepend(line);
    this.root.querySelector("[data-none]")?.remove();
    const kept = { swab, said, refused: false };
    this.lines.set(swab.client_id, kept);
    return kept;
  }

  private tell(waiting: Swab[], state: State): void {
    const notice = this.root.querySelector<HTMLElement>("[data-queue]");
    if (notice === null) return;
    notice.hidden = waiting.length === 0 && this.lines.size === 0;
    const since = waiting.map((each) => each.collected_at);
    tellWaiting(notice, this.texts, since, state, () => void this.flush());
  }
}

interface Parts {
  form: HTMLFormElement;
  tube: HTMLInputElement;
  subject: HTMLInputElement;
  say: (text: string) => void;
}

function partsOf(root: HTMLElement): Parts | undefined {
  const form = root.querySelector<HTMLFormElement>("[data-sampling]");
  const tube = root.querySelector<HTMLInputElement>("input[name=tube]");
  const subject = root.querySelector<HTMLInputElement>("input[name=subject]");
  const error = root.querySelector<HTMLElement>("[data-error]");
  if (!form || !tube || !subject || !error) return undefined;
  const say = (text: string): void => {
    error.hidden = text === "";
    error.textContent = text;
  };
  return { form, tube, subject, say };
}

/** What the form says, or what speaks against it; the field that is wanted next gets the cursor. */
function read(parts: Parts, point: Point, limits: { most: number; texts: Texts }): Swab | undefined {
  const { form, tube, subject, say } = parts;
  const shared = new FormData(form).get("kind") === "shared";
  const missing = [tube, subject].find((field) => field.value.trim() === "");
  if (missing !== undefined) {
    missing.focus();
    return undefined;
  }
  const swab: Swab = {
    client_id: crypto.randomUUID(),
    tube: typedCode(tube.value),
    subject: typedCode(subject.value),
    is_shared: shared,
    collected_at: new Date().toISOString(),
  };
  const others = point.inTube(swab.tube);
  if (others.some((each) => each.subject === swab.subject)) {
    say(limits.texts("twice"));
    subject.select();
    return undefined;
  }
  if (shared && others.length >= limits.most) {
    say(limits.texts("full"));
    tube.select();
    return undefined;
  }
  say("");
  return swab;
}

/** The next field: another person for a tube with room, else another tube. */
function next(parts: Parts, n: number, most: number): void {
  parts.subject.value = "";
  if (n > 0 && n < most) {
    parts.subject.focus();
    return;
  }
  parts.tube.value = "";
  parts.tube.focus();
}

/** A camera button: what is read goes into the first empty field, and a whole pair is added at once. */
function addCamera(root: HTMLElement, parts: Parts, texts: Texts): void {
  const video = root.querySelector<HTMLVideoElement>("[data-video]");
  const button = root.querySelector<HTMLElement>("[data-scan]");
  const label = button?.querySelector("span");
  if (!video || !button || !label) return;
  let stop: Stop | undefined;
  const rest = (): void => {
    stop?.();
    stop = undefined;
    video.hidden = true;
    label.textContent = texts("camera");
  };
  const found = (text: string): void => {
    rest();
    const field = parts.tube.value.trim() === "" ? parts.tube : parts.subject;
    field.value = typedCode(text);
    if (field === parts.subject) parts.form.requestSubmit();
    else parts.subject.focus();
  };
  button.addEventListener("click", () => {
    if (!video.hidden) {
      rest();
      return;
    }
    video.hidden = false;
    label.textContent = texts("stop");
    void scanOnce(video, {
      found,
      failed: (failure) => {
        rest();
        parts.say(texts(failure));
      },
    }).then((made) => {
      stop = made;
      if (video.hidden || !root.isConnected) rest();
    });
  });
  root.addEventListener("lf:gone", rest);
}

async function start(root: HTMLElement, leaving: AbortSignal): Promise<void> {
  const texts = textsOf(root);
  const parts = partsOf(root);
  if (!parts) return;
  const most = Number(root.dataset["most"] ?? "1");
  const point = new Point(root, await Store.open(root.dataset["account"] ?? ""), texts);
  const count = root.querySelector<HTMLElement>("[data-count]");
  const isShared = (): boolean => new FormData(parts.form).get("kind") === "shared";
  const tell = (): void => {
    const n = point.inTube(typedCode(parts.tube.value)).length;
    if (count) count.textContent = isShared() && n > 0 ? texts("count", { n, most }) : "";
  };
  parts.form.addEventListener("submit", (event) => {
    event.preventDefault();
    const swab = read(parts, point, { most, texts });
    if (swab === undefined) return;
    void point.take(swab).then(tell, () => {
      parts.say(texts("unkept"));
    });
    const n = point.inTube(swab.tube).length;
    next(parts, swab.is_shared ? n : 0, most);
    if (swab.is_shared && n >= most) parts.say(texts("full"));
    tell();
  });
  parts.tube.addEventListener("input", tell);
  root.addEventListener("lf:counted", tell);
  addCamera(root, parts, texts);
  window.addEventListener("online", () => void point.flush(), { signal: leaving });
  const timer = setInterval(() => void point.flush(), EVERY_MS);
  leaving.addEventListener("abort", () => {
    clearInterval(timer);
  });
  root.dataset["ready"] = "";
  await point.resume();
  tell();
  await keepPage(worker, root.dataset["worker"] ?? "").then(
    () => (root.dataset["kept"] = ""),
    () => undefined, // without a connection, or not kept by this browser: the swabs are
  );
}

export function mount(root: HTMLElement): void {
  const leaving = new AbortController();
  root.addEventListener("lf:gone", () => {
    leaving.abort();
  });
  void start(root, leaving.signal);
}
