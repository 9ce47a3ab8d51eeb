/** Keys for fast hands: / goes to the page's search, Escape leaves it; a button's own key (data-key) presses it. */

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

function searchField(): HTMLInputElement | null {
  return document.querySelector<HTMLInputElement>("input[data-search]") ?? document.querySelector<HTMLInputElement>("main input[type=search]");
}

function search(event: KeyboardEvent): void {
  const field = searchField();
  if (field === null) return;
  event.preventDefault();
  field.focus();
  field.select();
}

function pressOwn(key: string): void {
  const buttons = [...document.querySelectorAll<HTMLButtonElement>("button[data-key]")];
  buttons.find((each) => each.dataset["key"] === key)?.click();
}

export function startShortcuts(): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && event.target === searchField()) searchField()?.blur();
    if (isTyping(event.target) || event.repeat) return;
    if (event.key === "/") search(event);
    else pressOwn(event.key.toLowerCase());
  });
}
