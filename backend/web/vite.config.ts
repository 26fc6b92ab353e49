import { defineConfig } from "vite";
import { compress } from "./bundling/compress.ts";
import { digest } from "./bundling/digest.ts";
import { head } from "./bundling/head.ts";
import { shell } from "./bundling/shell.ts";

const PAGES = ["index", "bin", "tree", "claim", "scan", "proves", "privacy", "entry", "block", "sign-in", "promise", "map", "device", "crew", "provision", "alarms", "people", "lost"];
/** All that decides whether a proof holds, but for the evidence of anchors, which most readers never need. */
const VERIFIER = /\/src\/verifier\/(?!anchor\/)|\/node_modules\/(?:pako|@noble\/curves\/(?:ed25519|abstract|utils)|@noble\/hashes\/(?:_md|_u64|sha2|utils))/;
/** What every page of a place or a claim starts with, in one file: a phone waits longer for many than for a large one. */
const CORE =
  /\/node_modules\/preact\/|\/src\/(?:store|hooks|api|format|worker\/register|trust\/pinstore|texts\/(?:common|check|kept|language)|components\/(?:frame|fact|values|level|panel|pending|lateverdict|checkdialog|filecheck))\b|vite\/preload-helper|rolldown\/runtime/;

const page = (name: string): string => new URL(`${name}.html`, import.meta.url).pathname;
const worker = new URL("src/worker/sw.ts", import.meta.url).pathname;

// One entry per page kind; no inlined assets or scripts, so that a strict content security policy holds.
export default defineConfig({
  base: "/",
  plugins: [head(), shell(), digest(), compress()],
  build: {
    outDir: "../src/civicroot_backend/pages/static",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
    rolldownOptions: {
      input: { ...Object.fromEntries(PAGES.map((name) => [name, page(name)])), sw: worker },
      output: {
        // A worker governs the folder that it lies in.
        entryFileNames: ({ name }) => (name === "sw" ? "sw.js" : "assets/[name]-[hash].js"),
        codeSplitting: { groups: [
            { name: "verifier", test: VERIFIER },
            { name: "core", test: CORE },
          ], },
      },
    },
  },
});
