/** A compressed copy beside every text and module: the server picks one by what a browser takes. */

import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

const SMALLER = /\.(?:js|css|svg|wasm)$/;

/** Brotli's best takes seconds for what is larger, and makes it hardly smaller. */
const BEST_UP_TO = 256 * 1024;
const GOOD_QUALITY = 8;

function copies(source: Uint8Array): readonly (readonly [suffix: string, bytes: Uint8Array])[] {
  const quality = source.length > BEST_UP_TO ? GOOD_QUALITY : constants.BROTLI_MAX_QUALITY;
  const best = { params: { [constants.BROTLI_PARAM_QUALITY]: quality } };
  return [
    [".br", brotliCompressSync(source, best)],
    [".gz", gzipSync(source, { level: constants.Z_BEST_COMPRESSION })],
  ];
}

/** Runs last, on what the other plugins have made of the files. */
export function compress(): Plugin {
  return {
    name: "civicroot:compress",
    enforce: "post",
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        for (const file of Object.values(bundle)) {
          if (!file.fileName.startsWith("assets/") || !SMALLER.test(file.fileName)) continue;
          const source = Buffer.from(file.type === "chunk" ? file.code : file.source);
          for (const [suffix, bytes] of copies(source)) {
            if (bytes.length < source.length) this.emitFile({ type: "asset", fileName: file.fileName + suffix, source: bytes });
          }
        }
      },
    },
  };
}
