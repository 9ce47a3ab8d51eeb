/** Light or dark (wall screen); kept in a cookie that the server reads, so that the next page does not flash. */

const YEAR_S = 365 * 86400;

function current(): "light" | "dark" {
  return document.documentElement.dataset["bsTheme"] === "dark" ? "dark" : "light";
}

function show(): void {
  for (const button of document.querySelectorAll("[data-theme-toggle]")) {
    button.setAttribute("aria-pressed", String(current() === "dark"));
  }
}

/** Switch on every [data-theme-toggle]; islands hear `lf:theme` on the document. */
export function startTheme(): void {
  show();
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || event.target.closest("[data-theme-toggle]") === null) return;
    const next = current() === "dark" ? "light" : "dark";
    document.documentElement.dataset["bsTheme"] = next;
    document.cookie = `theme=${next}; path=/; max-age=${YEAR_S}; samesite=lax`;
    show();
    document.dispatchEvent(new CustomEvent("lf:theme"));
  });
}
