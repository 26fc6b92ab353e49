/** The hashes of a bundle: its paths share one table, since paths in one tree meet on their way up (SPEC.md §7.1). */

import { toHex } from "./bytes.ts";
import type { CborValue } from "./cbor.ts";
import { MAX_ENTRY_BYTES } from "./claims.ts";
import { WireError } from "./errors.ts";
import { asArray, asBoundedBytes, asUint } from "./fields.ts";
import { type Logged, MAX_LOG_INDEX } from "./logged.ts";
import { HASH_BYTES, MAX_PATH } from "./merkle.ts";

/** No bundle has more paths than eight. */
const MAX_HASHES = 8 * MAX_PATH;

/** Reads paths strictly: the table has one form for the same paths, and no hash that none of them uses. */
export class HashTable {
  readonly #hashes: readonly Uint8Array[];
  #used = 0;

  constructor(value: CborValue | undefined) {
    const table = asBoundedBytes(value, "hashes", 0, MAX_HASHES * HASH_BYTES);
    if (table.length % HASH_BYTES !== 0) throw new WireError("bad-length", `hashes of ${table.length} bytes`);
    this.#hashes = Array.from({ length: table.length / HASH_BYTES }, (_, i) => table.slice(i * HASH_BYTES, (i + 1) * HASH_BYTES));
    if (new Set(this.#hashes.map(toHex)).size !== this.#hashes.length) {
      throw new WireError("not-deterministic", "a hash stands in the table twice");
    }
  }

  /** The hashes of a path. */
  path(value: CborValue | undefined, what: string): readonly Uint8Array[] {
    return asArray(value, what, 0, MAX_PATH).map((item) => {
      const index = Number(asUint(item, `${what} hash`, BigInt(MAX_HASHES)));
      if (index > this.#used) throw new WireError("not-deterministic", "hashes stand in the order of their first use");
      const hash = this.#hashes[index];
      if (hash === undefined) throw new WireError("out-of-range", `no hash ${index} in the table`);
      this.#used = Math.max(this.#used, index + 1);
      return hash;
    });
  }

  /** `[entry, log index, path]`; nothing is verified yet. */
  logged(value: CborValue | undefined, what: string): Logged {
    const [entry, index, path] = asArray(value, what, 3);
    return {
      entry: asBoundedBytes(entry, what, 1, MAX_ENTRY_BYTES),
      index: asUint(index, `${what} index`, MAX_LOG_INDEX),
      path: this.path(path, `${what} path`),
    };
  }

  /** Throws if a hash is left that no path used. */
  finish(): void {
    if (this.#used !== this.#hashes.length) throw new WireError("not-deterministic", "a hash that no path uses");
  }
}
