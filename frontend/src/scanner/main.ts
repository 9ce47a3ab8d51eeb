/** The scanner at a door: camera, wedge scanner or typing; every scan kept before its verdict shows. */
import "../css/scanner.css";

import { type CameraFailure, lookUntilFound, openCamera, reader, type Stop, typedCode } from "../camera";
import { type Answer, Door, type State } from "./door";
import { type Kind, Outbox, type Scan } from "./outbox";
import { lookOf, shapeOf, sound, tenthsOf } from "./signs";
import { Work } from "./work";
import { seal } from "../wire/sealed";
import { witness } from "../wire/witness";

const EVERY_MS = 3_000;
const MINUTE_MS = 60_000;
/** The same code again before the camera within this time is the same person still standing there. */
const SAME_MS = 4_000;
const WORD = "lianfang-door-word";
const LANGUAGE = "lianfang-language";
/** Kept over restarts, so that a number is sealed also while the door cannot be reached. */
const SEALING_POINT = "lianfang-sealing-point";
const HEAD = "lianfang-log-head";
const ID_NUMBER = /^\d{17}[\dX]$/;

function part(name: string): HTMLElement {
  const found = document.querySelector<HTMLElement>(`[data-part="${name}"]`);
  if (!found) throw new Error(`the page has no part ${name}`);
  return found;
}

function input(name: string): HTMLInputElement {
  return part(name) as HTMLInputElement;
}

/** How much waits, and for how many minutes the oldest of it. */
function queue(depth: number, ageMs: number): string {
  return `${String(depth)} · ${String(Math.max(0, Math.round(ageMs / MINUTE_MS)))} min`;
}

/** The word of this door, given once in the address after the #, where it is sent to nobody. */
function word(): string {
  const given = location.hash.slice(1);
  if (given !== "") {
    localStorage.setItem(WORD, given);
    history.replaceState(null, "", location.pathname);
  }
  return localStorage.getItem(WORD) ?? "";
}

/** What is kept of something typed: an identity number sealed, and without the centre's key not at all. */
async function kept(given: string, sealed: string): Promise<{ text: string; sealed: string }> {
  const number = given.toUpperCase();
  if (!ID_NUMBER.test(number)) return { text: given, sealed };
  const point = localStorage.getItem(SEALING_POINT) ?? "";
  return { text: "", sealed: point === "" ? "" : await seal(number, point) };
}

class Page {
  private language: "zh" | "en" = localStorage.getItem(LANGUAGE) === "en" ? "en" : "zh";
  private first: number | null = null;
  private last: Scan | undefined;
  private seen: { text: string; at: number } = { text: "", at: 0 };
  private camera: Stop | undefined;

  constructor(
    private readonly outbox: Outbox,
    private readonly door: Door,
    private readonly work: Work,
  ) {}

  start(): void {
    this.speak();
    part("form").addEventListener("submit", (event) => {
      event.preventDefault();
      const field = input("code");
      const text = typedCode(field.value);
      field.value = "";
      const isNumber = ID_NUMBER.test(text.toUpperCase());
      if (text !== "") void this.scan(isNumber && this.kind() === "asked" ? "unread" : this.kind(), text);
    });
    for (const button of document.querySelectorAll<HTMLButtonElement>("[data-kind]")) {
      button.addEventListener("click", () => void this.scan(button.dataset["kind"] as Kind, ""));
    }
    part("let-in").addEventListener("click", () => void this.letIn());
    part("camera").addEventListener("click", () => void this.toggleCamera());
    part("language").addEventListener("click", () => {
      this.language = this.language === "zh" ? "en" : "zh";
      localStorage.setItem(LANGUAGE, this.language);
      this.speak();
    });
    for (const name of ["online", "focus"]) window.addEventListener(name, () => void this.tick());
    setInterval(() => void this.tick(), EVERY_MS);
    part("code").focus();
    document.body.dataset["ready"] = "";
    void this.tick();
  }

  private kind(): Kind {
    return input("leaving").checked ? "exit" : "asked";
  }

  private text(key: string): string {
    const found = document.querySelector<HTMLTemplateElement>(`template[data-text="${key}"][lang^="${this.language}"]`);
    return found?.content.textContent.trim() ?? key;
  }

  private speak(): void {
    document.documentElement.lang = this.language === "zh" ? "zh-Hans" : "en";
    for (const place of document.querySelectorAll<HTMLElement>("[data-say]")) {
      place.textContent = this.text(place.dataset["say"] ?? "");
    }
  }

  private async scan(kind: Kind, given: string, before = ""): Promise<void> {
    const { text, sealed } = await kept(given, before);
    const field = input("temperature");
    const tenths = kind === "asked" ? tenthsOf(field.value) : null;
    part("odd-temperature").hidden = tenths !== undefined;
    if (tenths === undefined) {
      field.focus();
      return;
    }
    const isAgain = this.last?.text === text && text !== "";
    const scan: Scan = {
      client_id: crypto.randomUUID(), kind, text, tenths_celsius: tenths, first_tenths_celsius: isAgain ? this.first : null, sealed, at: Date.now(),
    };
    this.first = tenths;
    this.last = scan;
    const { answer, reached } = await this.work.take(scan);
    if (kind === "asked" || kind === "unread") this.show(answer, reached);
    else this.done();
    if (lookOf(answer.outcome) === "go") field.value = "";
    part("code").focus();
    await this.tick();
  }

  private async letIn(): Promise<void> {
    const { text, sealed } = this.last ?? { text: "" };
    part("let-in").hidden = true;
    await this.scan("let_in", text, sealed);
  }

  private show(answer: Answer, reached: boolean): void {
    const look = lookOf(answer.outcome);
    const panel = part("verdict");
    panel.dataset["look"] = look;
    part("shape").querySelector("path")?.setAttribute("d", shapeOf(look));
    part("word").textContent = this.text(reached ? `outcome-${answer.outcome}` : "manual-check");
    const lines = reached ? answer.reasons.map((reason) => reason[this.language]) : [this.text("no-door")];
    if (reached && !answer.recorded) lines.push(this.text("not-recorded"));
    part("reasons").replaceChildren(
      ...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })),
    );
    part("let-in").hidden = answer.outcome !== "check";
    sound(look);
  }

  private done(): void {
    const panel = part("verdict");
    panel.dataset["look"] = "go";
    part("shape").querySelector("path")?.setAttribute("d", shapeOf("go"));
    part("word").textContent = this.text("counted");
    part("reasons").replaceChildren();
    part("let-in").hidden = true;
  }

  /** Hand over what waits here, and show how much waits here and at the door, and since when. */
  private async tick(): Promise<void> {
    await this.work.flush();
    const [waiting, state] = [await this.outbox.waiting(), await this.door.state()];
    part("queue").textContent = queue(waiting.depth, Date.now() - (waiting.oldestAt ?? Date.now()));
    part("link").textContent = this.text(this.link(state));
    if (state) this.tell(state);
    else for (const name of ["door-queue", "inside", "age"]) part(name).textContent = "–";
  }

  private link(state: State | undefined): string {
    if (state === undefined) return "link-none";
    return state.centre_failure === "" ? "link-good" : "link-centre";
  }

  private tell(state: State): void {
    part("door-code").textContent = state.door;
    if (state.sealing_point !== "") localStorage.setItem(SEALING_POINT, state.sealing_point);
    part("door-queue").textContent = queue(state.waiting, (state.waiting_age_s ?? 0) * 1000);
    part("inside").textContent = state.cap === null ? String(state.inside) : `${String(state.inside)} / ${String(state.cap)}`;
    part("age").textContent = state.snapshot_age_s === null ? "–" : `${String(Math.round((state.snapshot_age_s * 1000) / MINUTE_MS))} min`;
    if (state.log_failure !== "") part("log").hidden = false;
    else void this.witness(state);
  }

  /** This device keeps the last head it saw itself: a door that was given another log is noticed too. */
  private async witness({ log }: State): Promise<void> {
    const seen = log === null || log.size === 0 ? "kept" : await witness(localStorage, HEAD, log, (old, now) => this.door.prove(old, now));
    part("log").hidden = seen !== "rewritten";
  }

  private async toggleCamera(): Promise<void> {
    const video = part("video") as HTMLVideoElement;
    if (this.camera) {
      this.camera();
      this.camera = undefined;
      video.hidden = true;
      return;
    }
    try {
      video.hidden = false;
      const close = await openCamera(video);
      const read = await reader();
      let stop: Stop = () => undefined;
      const look = (): void => {
        stop = lookUntilFound(() => read(video), {
          found: (text) => {
            void this.found(text).finally(look);
          },
          failed: () => {
            this.cameraFailed("failed");
          },
        });
      };
      look();
      this.camera = () => {
        stop();
        close();
      };
    } catch (error) {
      video.hidden = true;
      this.cameraFailed((error as { failure?: CameraFailure }).failure ?? "failed");
    }
  }

  private async found(text: string): Promise<void> {
    const now = Date.now();
    const isSame = text === this.seen.text && now - this.seen.at < SAME_MS;
    this.seen = { text, at: now };
    if (!isSame) await this.scan(this.kind(), typedCode(text));
    else await new Promise((resolve) => setTimeout(resolve, 150));
  }

  private cameraFailed(failure: string): void {
    part("reasons").replaceChildren(
      Object.assign(document.createElement("li"), { textContent: `${this.text("no-camera")} (${failure})` }),
    );
  }
}

async function start(): Promise<void> {
  const outbox = await Outbox.open();
  const door = new Door(word());
  new Page(outbox, door, new Work(outbox, door)).start();
  if ("storage" in navigator) void navigator.storage.persist();
  if ("serviceWorker" in navigator) await navigator.serviceWorker.register("/worker.js");
}

void start();
