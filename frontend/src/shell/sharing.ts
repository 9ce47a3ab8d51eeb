/** Sharing and printing a public page: the phone's own sheet where there is one, else the link is copied. */

async function share(bar: Element): Promise<void> {
  const page = { title: document.title, url: location.href };
  if (typeof navigator.share === "function") {
    await navigator.share(page).catch(() => undefined); // put away by the reader
    return;
  }
  await navigator.clipboard.writeText(page.url);
  bar.querySelector("[data-share-done]")?.removeAttribute("hidden");
}

/** Show and switch on the buttons of every [data-share]; without scripts they stay away. */
export function startSharing(): void {
  for (const bar of document.querySelectorAll("[data-share]")) {
    const print = bar.querySelector("[data-print]");
    print?.removeAttribute("hidden");
    print?.addEventListener("click", () => {
      window.print();
    });
    const link = bar.querySelector("[data-share-link]");
    // Copying needs a secure page; the demo on 127.0.0.1 counts as one.
    if (link === null || !window.isSecureContext) continue;
    link.removeAttribute("hidden");
    link.addEventListener("click", () => {
      void share(bar);
    });
  }
}
