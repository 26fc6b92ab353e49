/** COSE receipt (RFC 9942) and transparent statement (RFC 9943): the log's word that an entry is in a tree (SPEC.md §5.6). */

import { equalBytes } from "./bytes.ts";
import { type CborValue, Tagged, decode, encode } from "./cbor.ts";
import { MAX_ENTRY_BYTES } from "./claims.ts";
import { ALG, CWT_CLAIMS, ED25519, KID, TAG_SIGN1, parseSign1, sigStructure } from "./cose.ts";
import { SIGNATURE_BYTES, verify } from "./ed25519.ts";
import { WireError } from "./errors.ts";
import { asArray, asBoundedBytes, asBoundedText, asFixedBytes, asInteger, asMap, checkKeys } from "./fields.ts";
import { KID_BYTES, kidOf } from "./keys.ts";
import { MAX_LOG_INDEX, decodePath } from "./logged.ts";
import { leafHash, rootOfPath } from "./merkle.ts";

/** 63 hashes of 34 bytes, names of 128 bytes, a signature. */
const MAX_RECEIPT_BYTES = 4096;
/** As many as a checkpoint has signatures. */
const MAX_RECEIPTS = 16;
export const MAX_TRANSPARENT_BYTES = MAX_ENTRY_BYTES + MAX_RECEIPTS * (MAX_RECEIPT_BYTES + 8);
const RECEIPTS = 394n;
const DATA_STRUCTURE = 395n;
const PROOFS = 396n;
const INCLUSION = -1n;
const RFC9162_SHA256 = 1n;
const MAX_NAME = 128;
const NO_AAD = new Uint8Array();

/** By the log key `kid`, called `issuer`: the entry about `subject` is at `index` of a tree of `size`, which is not signed. */
export interface Receipt {
  readonly protectedBytes: Uint8Array;
  readonly signature: Uint8Array;
  readonly kid: Uint8Array;
  readonly issuer: string;
  readonly subject: string;
  readonly size: bigint;
  readonly index: bigint;
  readonly path: readonly Uint8Array[];
}

function decodeInclusion(unprotected: CborValue | undefined): Pick<Receipt, "size" | "index" | "path"> {
  const outer = asMap(unprotected, "unprotected header");
  checkKeys(outer, "unprotected header", [PROOFS]);
  const proofs = asMap(outer.get(PROOFS), "proofs");
  checkKeys(proofs, "proofs", [INCLUSION]);
  const [encoded] = asArray(proofs.get(INCLUSION), "inclusion proofs", 1);
  const content = decode(asBoundedBytes(encoded, "inclusion proof", 1, MAX_RECEIPT_BYTES), MAX_RECEIPT_BYTES);
  const [count, place, path] = asArray(content, "inclusion proof", 3);
  const size = asInteger(count, "tree size", 1n, MAX_LOG_INDEX);
  return { size, index: asInteger(place, "leaf index", 0n, size - 1n), path: decodePath(path) };
}

function decodeNames(protectedBytes: Uint8Array): Pick<Receipt, "kid" | "issuer" | "subject"> {
  const headers = asMap(decode(protectedBytes, MAX_RECEIPT_BYTES), "protected header");
  checkKeys(headers, "protected header", [ALG, KID, CWT_CLAIMS, DATA_STRUCTURE]);
  if (headers.get(ALG) !== ED25519) throw new WireError("wrong-algorithm", "alg is not -19");
  asInteger(headers.get(DATA_STRUCTURE), "verifiable data structure", RFC9162_SHA256, RFC9162_SHA256);
  const claims = asMap(headers.get(CWT_CLAIMS), "CWT claims");
  checkKeys(claims, "CWT claims", [1n, 2n]);
  return {
    kid: asFixedBytes(headers.get(KID), "kid", KID_BYTES),
    issuer: asBoundedText(claims.get(1n), "iss", 1, MAX_NAME),
    subject: asBoundedText(claims.get(2n), "sub", 1, MAX_NAME),
  };
}

/** A receipt, strictly decoded; nothing is verified yet. */
export function decodeReceipt(bytes: Uint8Array): Receipt {
  const tagged = decode(bytes, MAX_RECEIPT_BYTES);
  if (!(tagged instanceof Tagged) || tagged.tag !== TAG_SIGN1) throw new WireError("wrong-type", "not a tagged COSE_Sign1");
  const [head, unprotected, payload, signature] = asArray(tagged.value, "COSE_Sign1", 4);
  if (payload !== null) throw new WireError("wrong-type", "a receipt's payload is detached");
  const inclusion = decodeInclusion(unprotected);
  const protectedBytes = asBoundedBytes(head, "protected header", 1, MAX_RECEIPT_BYTES);
  return {
    ...inclusion,
    ...decodeNames(protectedBytes),
    protectedBytes,
    signature: asFixedBytes(signature, "signature", SIGNATURE_BYTES),
  };
}

/** The receipt, if the log's `key` signed the tree that has `entry` at its index. */
export function verifyReceipt(receipt: Receipt, entry: Uint8Array, key: Uint8Array): Receipt {
  // 1. By this key.
  if (!equalBytes(kidOf(key), receipt.kid)) throw new WireError("key-mismatch", "kid is not of this log's key");
  // 2. Over the root that the entry and the path lead to: another entry leads to another root.
  const root = rootOfPath(leafHash(entry), receipt.index, receipt.size, receipt.path);
  verify(key, sigStructure(receipt.protectedBytes, root, NO_AAD), receipt.signature);
  return receipt;
}

export interface TransparentStatement {
  /** The signed statement as it was logged. */
  readonly statement: Uint8Array;
  readonly receipts: readonly Uint8Array[];
}

/** The parts of a transparent statement; neither is verified yet. */
export function decodeTransparent(bytes: Uint8Array): TransparentStatement {
  const message = parseSign1(bytes, MAX_TRANSPARENT_BYTES);
  checkKeys(message.unprotected, "unprotected header", [RECEIPTS]);
  const receipts = asArray(message.unprotected.get(RECEIPTS), "receipts", 1, MAX_RECEIPTS).map((item) =>
    asBoundedBytes(item, "receipt", 1, MAX_RECEIPT_BYTES),
  );
  const parts = [message.protectedBytes, new Map(), message.payload, message.signature];
  return { statement: encode(new Tagged(TAG_SIGN1, parts)), receipts };
}
