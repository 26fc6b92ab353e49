/** `verifier.json`: the SHA-256 of the verifier as it is served, and of every other script, for whoever compares. */

import { createHash } from "node:crypto";
import type { Plugin } from "vite";

/** The chunk that decides what holds (vite.config.ts). */
const VERIFIER = "verifier";

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

export function digest(): Plugin {
  return {
    name: "civicroot:digest",
    enforce: "post",
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        const chunks = Object.values(bundle).filter((file) => file.type === "chunk");
        const verifier = chunks.find(({ name }) => name === VERIFIER);
        if (verifier === undefined) throw new Error("no chunk is the verifier");
        const scripts = Object.fromEntries(chunks.map(({ fileName, code }) => [`/${fileName}`, sha256(code)]).sort());
        const source = `${JSON.stringify({ verifier: `/${verifier.fileName}`, sha256: sha256(verifier.code), scripts }, null, 2)}\n`;
        this.emitFile({ type: "asset", fileName: "verifier.json", source });
      },
    },
  };
}
