/** Whoever signs out, or is to sign in again, leaves no list of people on this phone. */
import { forget } from "../keeping/kept";

export function startLeaving(): void {
  if (location.pathname.startsWith("/login/")) void forget();
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || new URL(form.action).pathname !== "/logout/" || event.defaultPrevented) return;
    event.preventDefault();
    void forget().finally(() => {
      form.submit();
    });
  });
}
