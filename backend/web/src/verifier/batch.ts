/** Batch header and batch message (SPEC.md §4). */

import { equalBytes } from "./bytes.ts";
import { decode } from "./cbor.ts";
import { ALG, KID, SEQUENCE, type Sign1, aad, decodeSign1, verifySign1 } from "./cose.ts";
import { WireError } from "./errors.ts";
import { asArray, asBoundedBytes, asBytes, asFixedBytes, asInteger, asMap, asUint, checkKeys } from "./fields.ts";
import { HASH_BYTES, leafHash, rootOf } from "./merkle.ts";
import { type Sequence, decodeSequence } from "./sequence.ts";

export const MAX_BATCH_RECORDS = 1024;
export const MAX_BATCH_BYTES = 256 * 1024;
/** A header of full numbers has 150 bytes. */
export const MAX_HEADER_BYTES = 256;
const SEQUENCE_ELEMENTS = 2;

export interface BatchHeader {
  readonly message: Sign1;
  readonly kid: Uint8Array;
  readonly sequence: Sequence;
  readonly size: bigint;
  readonly root: Uint8Array;
  /** Unix seconds that the gateway claims. */
  readonly opened: bigint;
  readonly closed: bigint;
}

/** A batch header, strictly decoded; nothing is verified yet. */
export function decodeBatchHeader(bytes: Uint8Array): BatchHeader {
  const message = decodeSign1(bytes, MAX_HEADER_BYTES, [ALG, KID, SEQUENCE]);
  const payload = asMap(decode(message.payload, MAX_HEADER_BYTES), "batch header");
  checkKeys(payload, "batch header", [1n, 2n, 3n, 4n]);
  const opened = asUint(payload.get(3n), "opened");
  return {
    message,
    kid: message.kid,
    sequence: decodeSequence(message.headers.get(SEQUENCE), SEQUENCE_ELEMENTS),
    size: asInteger(payload.get(1n), "size", 1n, BigInt(MAX_BATCH_RECORDS)),
    root: asFixedBytes(payload.get(2n), "root", HASH_BYTES),
    opened,
    closed: asInteger(payload.get(4n), "closed", opened, (1n << 64n) - 1n),
  };
}

/** The header, if `key` signed it in `realm`. */
export function verifyBatchHeader(header: BatchHeader, realm: string, key: Uint8Array): BatchHeader {
  verifySign1(header.message, key, aad("batch", realm));
  return header;
}

export interface BatchMessage {
  readonly headerBytes: Uint8Array;
  readonly header: BatchHeader;
  /** Exact bytes; a malformed record is rejected at its index only. */
  readonly records: readonly Uint8Array[];
}

/** A batch message whose records have the header's size and root. Signatures are not verified. */
export function decodeBatchMessage(bytes: Uint8Array): BatchMessage {
  const [head, list] = asArray(decode(bytes, MAX_BATCH_BYTES), "batch message", 2);
  const headerBytes = asBoundedBytes(head, "batch header", 1, MAX_HEADER_BYTES);
  const records = asArray(list, "records", 1, MAX_BATCH_RECORDS).map((record) => asBytes(record, "record"));
  const header = decodeBatchHeader(headerBytes);
  if (BigInt(records.length) !== header.size) throw new WireError("size-mismatch", `${records.length} records`);
  if (!equalBytes(rootOf(records.map(leafHash)), header.root)) throw new WireError("root-mismatch", "records have another root");
  return { headerBytes, header, records };
}
