/** Key identifiers (SPEC.md §2): COSE_Key, its thumbprint (RFC 9679) and kid. */

import { sha256 } from "@noble/hashes/sha2.js";
import { type CborMap, type CborValue, encode } from "./cbor.ts";
import { KEY_BYTES } from "./ed25519.ts";
import { asFixedBytes, asInteger, asMap, checkKeys } from "./fields.ts";

export const KID_BYTES = 8;
export const THUMBPRINT_BYTES = 32;
const OKP = 1n;
const CURVE_ED25519 = 6n;

/** COSE_Key map of a 32-byte public key. */
export function coseKey(key: Uint8Array): CborMap {
  return new Map<bigint, CborValue>([
    [1n, OKP],
    [-1n, CURVE_ED25519],
    [-2n, key],
  ]);
}

/** The 32-byte public key of a COSE_Key. Whether it is usable is decided where it verifies something. */
export function publicKeyOf(value: CborValue | undefined): Uint8Array {
  const map = asMap(value, "COSE_Key");
  checkKeys(map, "COSE_Key", [1n, -1n, -2n]);
  asInteger(map.get(1n), "kty", OKP, OKP);
  asInteger(map.get(-1n), "crv", CURVE_ED25519, CURVE_ED25519);
  return asFixedBytes(map.get(-2n), "public key", KEY_BYTES);
}

/** 32-byte COSE Key Thumbprint of a 32-byte public key. */
export function thumbprint(key: Uint8Array): Uint8Array {
  return sha256(encode(coseKey(key)));
}

/** 8-byte kid of a 32-byte public key. */
export function kidOf(key: Uint8Array): Uint8Array {
  return thumbprint(key).slice(0, KID_BYTES);
}
