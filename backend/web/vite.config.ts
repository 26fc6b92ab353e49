import { defineConfig } from "vite";

const page = (name: string): string => new URL(`${name}.html`, import.meta.url).pathname;

// One entry per page kind; no inlined assets or scripts, so that a strict content security policy holds.
export default defineConfig({
  base: "/",
  build: {
    outDir: "../src/civicroot_backend/pages/static",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
    rolldownOptions: { input: { index: page("index"), bin: page("bin"), tree: page("tree"), entry: page("entry"), block: page("block") } },
  },
});
