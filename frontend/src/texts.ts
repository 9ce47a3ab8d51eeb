/** Words of the interface: written and translated by the server in <template data-text="KEY">, never in TypeScript. */

export type Texts = (key: string, values?: Record<string, string | number>) => string;

/** "{n} of {total}" with its values; an unknown name stays as it is. */
export function fill(pattern: string, values: Record<string, string | number>): string {
  return pattern.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The words inside `root`; a key without a template gives the key, so that the fault is visible. */
export function textsOf(root: Element): Texts {
  const found = new Map<string, string>();
  for (const one of root.querySelectorAll("template[data-text]")) {
    found.set(one.getAttribute("data-text") ?? "", (one as HTMLTemplateElement).content.textContent.trim());
  }
  return (key, values = {}) => fill(found.get(key) ?? key, values);
}
