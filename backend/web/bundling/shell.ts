/**
 * Tells the service worker what to keep: the scripts and styles of the pages of `SHELL`, found in what was built.
 *
 * The worker's source names the place; a worker without it fails the build and not a reader.
 */

import { createHash } from "node:crypto";
import type { Plugin, Rolldown } from "vite";

/** Entries of pages that must open without a network. */
const SHELL = ["index", "bin", "tree", "claim", "entry", "proves", "privacy", "promise"];
/** Those that crews need without a network, with the map and the scanner that they load later. */
const CREW = ["crew", "provision"];
const PLACE = "__SHELL__";
const VERSION_CHARACTERS = 12;

type Bundle = Rolldown.OutputBundle;

/** The chunk and all that it imports, at once or later. */
function imported(bundle: Bundle, fileName: string, found: Set<string>): void {
  const chunk = bundle[fileName];
  if (chunk?.type !== "chunk" || found.has(fileName)) return;
  found.add(fileName);
  for (const css of chunk.viteMetadata?.importedCss ?? []) found.add(css);
  for (const next of [...chunk.imports, ...chunk.dynamicImports]) imported(bundle, next, found);
}

function filesOf(bundle: Bundle, pages: readonly string[]): readonly string[] {
  const found = new Set<string>();
  for (const file of Object.values(bundle)) {
    if (file.type === "chunk" && file.isEntry && pages.includes(file.name)) imported(bundle, file.fileName, found);
    if (file.fileName.endsWith(".css")) found.add(file.fileName);
  }
  return [...found].sort().map((name) => `/${name}`);
}

export function shell(): Plugin {
  return {
    name: "civicroot:shell",
    enforce: "post",
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        const worker = bundle["sw.js"];
        if (worker?.type !== "chunk" || !worker.code.includes(PLACE)) throw new Error("the service worker has no place for its list");
        const files = filesOf(bundle, SHELL);
        const wasm = Object.keys(bundle).filter((name) => name.endsWith(".wasm")).map((name) => `/${name}`);
        const crew = [...filesOf(bundle, CREW), ...wasm].filter((name) => !files.includes(name));
        const html = Object.values(bundle).filter(({ fileName }) => fileName.endsWith(".html"));
        const text = html.map((file) => (file.type === "asset" ? String(file.source) : "")).join("\n");
        const version = createHash("sha256").update(files.join("\n")).update(text).digest("hex").slice(0, VERSION_CHARACTERS);
        worker.code = worker.code.replace(PLACE, JSON.stringify({ version, files, crew }));
      },
    },
  };
}
