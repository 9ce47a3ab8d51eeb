/** Keys for fast hands: / goes to the page's search, Escape leaves it; a button's own key (data-key) presses it. */

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

function searchField(): HTMLInputElement | null {
  return document.querySelector<HTMLInputElement>("input[data-search]") ?? document.querySelector<HTMLInputElement>("main input[type=search]");
}

export function startShortcuts(): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/" && !isTyping(event.target)) {
      const field = searchField();
      if (field === null) return;
      event.preventDefault();
      field.focus();
      field.select();
    }
    if (!event.repeat && !isTyping(event.target)) {
      const button = [...document.querySelectorAll<HTMLButtonElement>("button[data-key]")].find(
        (each) => each.dataset.key === event.key.toLowerCase(),
      );
      button?.click();
    }
    if (event.key === "Escape" && event.target === searchField()) searchField()?.blur();
  });
}
