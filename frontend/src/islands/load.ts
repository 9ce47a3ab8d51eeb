/** What every island does before it can draw: fetch its JSON, check it, and show loading, error, refusal or emptiness. */
import { element, icon } from "../dom";
import { loginAddress } from "../shell/login";
import { textsOf, type Texts } from "../texts";
import { DataError, type Decoder } from "./json";

export type Failure = "offline" | "session" | "forbidden" | "missing" | "failed" | "unreadable";

export class LoadError extends Error {
  constructor(
    readonly failure: Failure,
    readonly login?: string,
  ) {
    super(failure);
  }
}

const FAILURES: Record<number, Failure> = { 401: "session", 403: "forbidden", 404: "missing" };

/** GET one JSON document of this site and check it. Throws LoadError. */
export async function fetchJson<T>(url: string, decode: Decoder<T>, signal?: AbortSignal): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(url, { headers: { Accept: "application/json" }, ...(signal ? { signal } : {}) });
  } catch {
    throw new LoadError("offline");
  }
  if (!answer.ok) {
    const login = loginAddress(answer.headers.get("X-Login"), location.pathname + location.search);
    throw new LoadError(FAILURES[answer.status] ?? "failed", login);
  }
  try {
    return decode(await answer.json(), "data");
  } catch (error) {
    if (!(error instanceof DataError || error instanceof SyntaxError)) throw error;
    console.error(`${url}: ${error.message}`);
    throw new LoadError("unreadable");
  }
}

const ICONS: Record<Failure, () => SVGSVGElement> = {
  offline: () => icon("wifi-off"),
  session: () => icon("key"),
  forbidden: () => icon("lock"),
  missing: () => icon("database-off"),
  failed: () => icon("alert-octagon"),
  unreadable: () => icon("alert-octagon"),
};

/** Words of a failure, with the way out: log in, or try again. */
export function failureNotice(error: LoadError, texts: Texts, retry: () => void): HTMLElement {
  const notice = element("div", { class: "lf-empty", role: "alert" }, ICONS[error.failure]());
  notice.append(element("p", { class: "lf-empty-title" }, texts(error.failure)));
  if (error.failure === "session" && error.login !== undefined) {
    notice.append(element("a", { class: "btn btn-primary", href: error.login }, texts("login")));
  } else if (error.failure !== "forbidden") {
    const again = element("button", { type: "button", class: "btn" }, icon("refresh"), texts("retry"));
    again.addEventListener("click", retry);
    notice.append(again);
  }
  return notice;
}

/** Where an island stands. */
export interface Setting {
  root: HTMLElement;
  texts: Texts;
  /** Ends when the island has left the page: for listeners on the document, and what must be closed. */
  gone: AbortSignal;
}

export interface Island<T> {
  decode: Decoder<T>;
  isEmpty: (data: T) => boolean;
  draw: (stage: HTMLElement, data: T, setting: Setting) => void;
}

/** Load the island's data-url and draw it into the root's stage; every failure is shown with its way out. */
export function startIsland<T>(root: HTMLElement, island: Island<T>): void {
  const texts = textsOf(root);
  const leaving = new AbortController();
  root.addEventListener("lf:gone", () => {
    leaving.abort();
  });
  const stage = root.querySelector<HTMLElement>("[data-stage]") ?? root.appendChild(element("div", { "data-stage": true }));
  const show = (content: HTMLElement): void => {
    stage.replaceChildren(content);
  };
  const load = async (): Promise<void> => {
    root.setAttribute("aria-busy", "true");
    show(element("div", { class: "lf-empty" }, element("span", { class: "spinner-border" }), element("p", {}, texts("loading"))));
    try {
      const data = await fetchJson(root.dataset["url"] ?? "", island.decode);
      stage.replaceChildren();
      if (island.isEmpty(data)) {
        show(element("div", { class: "lf-empty" }, icon("database-off"), element("p", { class: "lf-empty-title" }, texts("empty"))));
      } else {
        island.draw(stage, data, { root, texts, gone: leaving.signal });
      }
    } catch (error) {
      if (!(error instanceof LoadError)) throw error;
      show(failureNotice(error, texts, () => void load()));
    } finally {
      root.removeAttribute("aria-busy");
    }
  };
  void load();
}
