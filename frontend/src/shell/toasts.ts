/** Short notices of failed requests; the words come from components/toasts.html. */
import { element } from "../dom";
import { textsOf } from "../texts";

export interface ToastAction {
  /** Key of the word in the toast area's templates. */
  text: string;
  href: string;
}

const MOST = 3;

/** Show `reason`, or the text of `key`; a notice with the same key replaces the one before it. */
export function showToast(key: string, action?: ToastAction, reason?: string): void {
  const area = document.getElementById("toasts");
  if (area === null) return;
  const texts = textsOf(area);
  for (const old of area.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)) old.remove();
  const toast = element("div", { class: "lf-toast", "data-key": key }, element("p", {}, reason ?? texts(key)));
  if (action !== undefined) toast.append(element("a", { class: "btn btn-sm", href: action.href }, texts(action.text)));
  const close = element("button", { type: "button", class: "btn-close", "aria-label": texts("close") });
  close.addEventListener("click", () => {
    toast.remove();
  });
  toast.append(close);
  area.append(toast);
  const shown = area.querySelectorAll(".lf-toast");
  if (shown.length > MOST) shown[0]?.remove();
}
