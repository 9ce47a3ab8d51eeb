import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

import { iconSprite } from "./scripts/icon-sprite.ts";
import { keepRecent } from "./scripts/keep-recent.ts";

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

export default defineConfig({
  // Relative addresses, so that the files work under any STATIC_URL.
  base: "./",
  plugins: [iconSprite({ list: path("icons.txt"), sources: [path("../src/lianfang"), path("src")] }), keepRecent(path("../src/lianfang/static/dist/assets"))],
  build: {
    outDir: path("../src/lianfang/static/dist"),
    emptyOutDir: false,
    manifest: "manifest.json",
    target: "es2022",
    // The policy forbids data: scripts and the like; small files stay files.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      input: { main: path("src/main.ts"), scanner: path("src/scanner/main.ts") },
      // HTMX holds one eval, for attributes we forbid (allowEval: false, and the content policy).
      checks: { eval: false },
    },
  },
  worker: { format: "es" },
  test: { include: ["tests/**/*.test.ts"] },
});
