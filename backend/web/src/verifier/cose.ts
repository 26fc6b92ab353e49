/** COSE_Sign1 as SPEC.md §2 uses it: tagged, Ed25519, empty unprotected header, exactly the listed protected labels. */

import { sha256 } from "@noble/hashes/sha2.js";
import { equalBytes, utf8 } from "./bytes.ts";
import { type CborMap, Tagged, decode, encode } from "./cbor.ts";
import { SIGNATURE_BYTES, verify } from "./ed25519.ts";
import { WireError } from "./errors.ts";
import { asArray, asBoundedBytes, asBytes, asFixedBytes, asMap, checkKeys } from "./fields.ts";
import { KID_BYTES, kidOf } from "./keys.ts";

export const ALG = 1n;
export const CONTENT_TYPE = 3n;
export const KID = 4n;
export const CWT_CLAIMS = 15n;
export const TYP = 16n;
export const SEQUENCE = -65537n;
/** Ed25519 (RFC 9864). */
export const ED25519 = -19n;
export const TAG_SIGN1 = 18;

/** Any COSE_Sign1, its headers unchecked. */
export interface ParsedSign1 {
  readonly protectedBytes: Uint8Array;
  readonly headers: CborMap;
  readonly unprotected: CborMap;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
}

export interface Sign1 extends ParsedSign1 {
  readonly kid: Uint8Array;
}

/** External additional data of a device-side kind in a realm. */
export function aad(kind: string, realm: string): Uint8Array {
  return utf8(`civicroot/${kind}/v1/${realm}`);
}

/** Any tagged COSE_Sign1 of at most `limit` bytes; nothing about its headers is checked. */
export function parseSign1(bytes: Uint8Array, limit: number): ParsedSign1 {
  const tagged = decode(bytes, limit);
  if (!(tagged instanceof Tagged) || tagged.tag !== TAG_SIGN1) throw new WireError("wrong-type", "not a tagged COSE_Sign1");
  const [first, unprotected, payload, signature] = asArray(tagged.value, "COSE_Sign1", 4);
  const protectedBytes = asBoundedBytes(first, "protected header", 1, limit);
  return {
    protectedBytes,
    headers: asMap(decode(protectedBytes, limit), "protected header"),
    unprotected: asMap(unprotected, "unprotected header"),
    payload: asBytes(payload, "payload"),
    signature: asBoundedBytes(signature, "signature", 1, limit),
  };
}

/** A COSE_Sign1 of at most `limit` bytes, its protected header holding `labels` and possibly `more`. Nothing is verified yet. */
export function decodeSign1(bytes: Uint8Array, limit: number, labels: readonly bigint[], more: readonly bigint[] = []): Sign1 {
  const message = parseSign1(bytes, limit);
  checkKeys(message.unprotected, "unprotected header", []);
  if (message.headers.get(ALG) !== ED25519) throw new WireError("wrong-algorithm", "alg is not -19");
  checkKeys(message.headers, "protected header", labels, more);
  const kid = asFixedBytes(message.headers.get(KID), "kid", KID_BYTES);
  return { ...message, kid, signature: asFixedBytes(message.signature, "signature", SIGNATURE_BYTES) };
}

/** What is signed (RFC 9052 §4.4). */
export function sigStructure(protectedBytes: Uint8Array, payload: Uint8Array, externalAad: Uint8Array): Uint8Array {
  return encode(["Signature1", protectedBytes, externalAad, payload]);
}

/** 32 bytes that are equal for messages of the same content, whatever their signatures (SPEC.md §2). */
export function contentDigest(message: Sign1, externalAad: Uint8Array): Uint8Array {
  return sha256(sigStructure(message.protectedBytes, message.payload, externalAad));
}

/** Returns if `key` is the kid's and signed `message`. Throws `key-mismatch` or a reason of SPEC.md §2. */
export function verifySign1(message: Sign1, key: Uint8Array, externalAad: Uint8Array): void {
  if (!equalBytes(kidOf(key), message.kid)) throw new WireError("key-mismatch", "kid does not belong to the key");
  verify(key, sigStructure(message.protectedBytes, message.payload, externalAad), message.signature);
}
