/** A click anywhere in <tr data-row> follows the row's link (a.lf-row-link): the link itself stays for keyboard and readers. */

const OWN_CLICK = "a, button, input, select, textarea, label, summary, details";

export function startRows(): void {
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || event.target.closest(OWN_CLICK) !== null) return;
    const link = event.target.closest("tr[data-row]")?.querySelector<HTMLAnchorElement>("a.lf-row-link");
    if (!link || getSelection()?.toString() !== "") return;
    if (event.ctrlKey || event.metaKey) window.open(link.href, "_blank", "noopener");
    else link.click();
  });
}
