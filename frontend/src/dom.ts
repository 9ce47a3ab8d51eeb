/** Building elements without markup strings. */

type Attributes = Record<string, string | number | boolean | undefined>;

function setAll(target: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    target.setAttribute(name, value === true ? "" : String(value));
  }
}

/** An HTML element; an attribute that is undefined or false is left out, true is empty. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  setAll(made, attributes);
  made.append(...children);
  return made;
}

/** An SVG element. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): SVGElementTagNameMap[K] {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  setAll(made, attributes);
  made.append(...children);
  return made;
}

/** One Tabler icon from the page's sprite; decoration. */
export function icon(name: string): SVGSVGElement {
  const sprite = document.body.dataset["icons"] ?? "";
  return svg("svg", { class: "lf-icon", "aria-hidden": "true" }, svg("use", { href: `${sprite}#${name}` }));
}
