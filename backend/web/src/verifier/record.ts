/** Record: one signed report of a device (SPEC.md §3.1). */

import { ALG, KID, SEQUENCE, type Sign1, aad, contentDigest, decodeSign1, verifySign1 } from "./cose.ts";
import { type Pack, decodePack } from "./senml.ts";
import { type Sequence, decodeSequence } from "./sequence.ts";

export const MAX_RECORD_BYTES = 512;
const SEQUENCE_ELEMENTS = 4;

export interface Record {
  readonly message: Sign1;
  readonly kid: Uint8Array;
  readonly sequence: Sequence;
  readonly pack: Pack;
}

/** A record, strictly decoded; nothing is verified yet. */
export function decodeRecord(bytes: Uint8Array): Record {
  const message = decodeSign1(bytes, MAX_RECORD_BYTES, [ALG, KID, SEQUENCE]);
  const sequence = decodeSequence(message.headers.get(SEQUENCE), SEQUENCE_ELEMENTS);
  return { message, kid: message.kid, sequence, pack: decodePack(message.payload, MAX_RECORD_BYTES) };
}

/** The record, if `key` signed it in `realm`. */
export function verifyRecord(record: Record, realm: string, key: Uint8Array): Record {
  verifySign1(record.message, key, aad("record", realm));
  return record;
}

/** 32 bytes, equal for records of the same content. */
export function recordDigest(record: Record, realm: string): Uint8Array {
  return contentDigest(record.message, aad("record", realm));
}
