/** HTMX: loaded, and its failures told in a toast. The page's <meta name="htmx-config"> holds its settings. */
import "htmx.org";

import { loginAddress } from "./login";
import { showToast, type ToastAction } from "./toasts";

interface RequestDetail {
  xhr: XMLHttpRequest;
}

const TOLD = new Set([401, 403, 404, 409, 413, 429]);

function detailOf(event: Event): RequestDetail | undefined {
  return event instanceof CustomEvent ? (event.detail as RequestDetail) : undefined;
}

function actionFor(status: number, xhr: XMLHttpRequest): ToastAction | undefined {
  const page = location.pathname + location.search;
  if (status === 401) {
    const href = loginAddress(xhr.getResponseHeader("X-Login"), page);
    return href === undefined ? undefined : { text: "login", href };
  }
  return status === 403 || status === 409 ? { text: "reload", href: page } : undefined;
}

/** The domain's own words in an error page (data-error-message), else undefined. */
function reasonIn(xhr: XMLHttpRequest): string | undefined {
  if (!xhr.responseText.includes("data-error-message")) return undefined;
  const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
  return page.querySelector("[data-error-message]")?.getAttribute("data-error-message") ?? undefined;
}

/** Tell of every failed request; a refused form (422) has been swapped in and tells for itself. */
export function startHtmx(): void {
  document.addEventListener("htmx:responseError", (event) => {
    const xhr = detailOf(event)?.xhr;
    if (xhr === undefined) return;
    showToast(TOLD.has(xhr.status) ? String(xhr.status) : "500", actionFor(xhr.status, xhr), reasonIn(xhr));
  });
  document.addEventListener("htmx:sendError", () => {
    showToast("offline");
  });
  document.addEventListener("htmx:timeout", () => {
    showToast("timeout");
  });
  document.addEventListener("htmx:xhr:progress", showUploadProgress);
}

/** A form with `data-upload-progress="ID"` fills that <progress> while its file travels. */
function showUploadProgress(event: Event): void {
  if (!(event instanceof CustomEvent) || !(event.target instanceof HTMLElement)) return;
  const { loaded, total, lengthComputable } = event.detail as ProgressEvent;
  const bar = document.getElementById(event.target.dataset["uploadProgress"] ?? "");
  if (!(bar instanceof HTMLProgressElement) || !lengthComputable) return;
  bar.hidden = false;
  bar.max = total;
  bar.value = loaded;
}
