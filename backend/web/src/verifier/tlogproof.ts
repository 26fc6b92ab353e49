/** tlog-proof: an inclusion proof as text, for other people's tools (c2sp.org/tlog-proof; SPEC.md §7.4). */

import { fromBase64, fromUtf8 } from "./bytes.ts";
import { WireError } from "./errors.ts";
import { MAX_LOG_INDEX } from "./logged.ts";
import { HASH_BYTES, MAX_PATH } from "./merkle.ts";
import { MAX_NOTE_BYTES, parseNote } from "./note.ts";

export const TLOG_PROOF_LINE = "c2sp.org/tlog-proof@v1";
/** Base64 of a log entry, 63 hashes of 45 bytes, a note. */
export const MAX_TLOG_PROOF_BYTES = 2 * 64 * 1024 + MAX_NOTE_BYTES;
const EXTRA = "extra ";
const INDEX = /^index (0|[1-9][0-9]{0,18})$/;

/** The entry at `index` is in the tree of `checkpoint` by `path`. */
export interface TlogProof {
  readonly index: bigint;
  readonly path: readonly Uint8Array[];
  /** Signed note. */
  readonly checkpoint: string;
  /** Bytes that nobody vouches for; Civicroot puts the entry itself here. */
  readonly extra: Uint8Array | undefined;
}

/** A tlog-proof, strictly read; nothing is verified yet. */
export function parseTlogProof(bytes: Uint8Array): TlogProof {
  if (bytes.length > MAX_TLOG_PROOF_BYTES) throw new WireError("too-large", `tlog-proof of ${bytes.length} bytes`);
  const text = fromUtf8(bytes);
  const gap = text.indexOf("\n\n");
  const [first, ...rest] = text.slice(0, Math.max(gap, 0)).split("\n");
  if (gap < 0 || first !== TLOG_PROOF_LINE) throw new WireError("malformed", `a tlog-proof begins with ${TLOG_PROOF_LINE}`);
  const extra = rest[0]?.startsWith(EXTRA) === true ? fromBase64((rest.shift() as string).slice(EXTRA.length)) : undefined;
  const digits = INDEX.exec(rest.shift() ?? "")?.[1];
  if (digits === undefined || BigInt(digits) > MAX_LOG_INDEX) throw new WireError("malformed", "a tlog-proof names the index");
  const path = rest.map(fromBase64);
  if (path.length > MAX_PATH) throw new WireError("out-of-range", `path of ${path.length} hashes`);
  if (path.some(({ length }) => length !== HASH_BYTES)) throw new WireError("bad-length", "a hash has 32 bytes");
  const checkpoint = text.slice(gap + 2);
  parseNote(checkpoint);
  return { index: BigInt(digits), path, checkpoint, extra };
}
