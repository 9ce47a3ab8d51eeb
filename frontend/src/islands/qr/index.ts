/** Island `qr`: draws data-text as a QR code, so that the server hands out 160 characters and no picture. */
import "./qr.css";

import { modulesOf, outline } from "./modules";

const SVG = "http://www.w3.org/2000/svg";

export function mount(root: HTMLElement): void {
  const modules = modulesOf(root.dataset["text"] ?? "");
  const picture = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", outline(modules));
  picture.setAttribute("viewBox", `-4 -4 ${String(modules.length + 8)} ${String(modules.length + 8)}`);
  picture.setAttribute("shape-rendering", "crispEdges");
  picture.setAttribute("aria-hidden", "true");
  picture.append(path);
  root.replaceChildren(picture);
}
