/** A Vite plugin: files of earlier builds stay for a while, since a running server still links them; then they go. */
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

import type { Plugin } from "vite";

const KEPT_MS = 7 * 86_400_000;

/** Names in `directory` that are not `current` and were written more than a week before `now` (epoch ms). */
export function outdated(directory: string, current: Set<string>, now: number): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory).filter((name) => !current.has(name) && now - statSync(join(directory, name)).mtimeMs > KEPT_MS);
}

/** Use with emptyOutDir: false. `directory`: where the built assets are. */
export function keepRecent(directory: string): Plugin {
  return {
    name: "keep-recent",
    writeBundle(_options, bundle) {
      const current = new Set(Object.keys(bundle).map((path) => path.split("/").at(-1) ?? path));
      for (const name of outdated(directory, current, Date.now())) rmSync(join(directory, name));
    },
  };
}
