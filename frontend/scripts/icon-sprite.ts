/** A Vite plugin: one SVG sprite of exactly the Tabler icons that the templates, the code and icons.txt name. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import type { Plugin } from "vite";

const USED = [/\{%\s*icon\s+"([a-z0-9-]+)"/g, /\bicon="([a-z0-9-]+)"/g, /\bicon='([a-z0-9-]+)'/g, /"icon":\s*"([a-z0-9-]+)"/g, /\bicon\("([a-z0-9-]+)"/g];

/** Icon names in one template, Python or TypeScript file. */
export function iconsIn(text: string): string[] {
  return USED.flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[1] ?? ""));
}

/** Icon names of the list file: one per line, `#` starts a comment. */
export function iconsListed(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.replace(/#.*/, "").trim())
    .filter((line) => line !== "");
}

function sourceFiles(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(html|py|ts)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

function symbol(directory: string, name: string): string {
  const file = join(directory, `${name}.svg`);
  if (!existsSync(file)) {
    throw new Error(`no Tabler icon is called "${name}"; names: https://tabler.io/icons`);
  }
  const drawing = readFileSync(file, "utf8").replace(/<!--[\s\S]*?-->/g, "");
  const inner = drawing.slice(drawing.indexOf(">", drawing.indexOf("<svg")) + 1, drawing.lastIndexOf("</svg>"));
  return `<symbol id="${name}" viewBox="0 0 24 24">${inner.replace(/\s+/g, " ").trim()}</symbol>`;
}

/** Adds icons.svg to the build. Raises when a named icon does not exist. */
export function iconSprite(from: { list: string; sources: string[] }): Plugin {
  const directory = dirname(createRequire(import.meta.url).resolve("@tabler/icons/outline/x.svg"));
  return {
    name: "icon-sprite",
    generateBundle() {
      const named = from.sources.flatMap(sourceFiles).flatMap((file) => iconsIn(readFileSync(file, "utf8")));
      const names = [...new Set([...iconsListed(readFileSync(from.list, "utf8")), ...named])].sort();
      const symbols = names.map((name) => symbol(directory, name)).join("\n");
      this.emitFile({
        type: "asset",
        name: "icons.svg",
        originalFileName: "icons.svg",
        source: `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols}\n</svg>\n`,
      });
    },
  };
}
