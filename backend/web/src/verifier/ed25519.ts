/**
 * Ed25519 verification with libsodium's verdict (SPEC.md §2). The point arithmetic is noble's; its own `verify` is not used,
 * because it multiplies by the cofactor and so accepts signatures that libsodium refuses.
 */

import { ed25519 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { concat, equalBytes } from "./bytes.ts";
import { WireError } from "./errors.ts";

export const KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;

const FIELD = (1n << 255n) - 19n;
const Point = ed25519.Point;
const ORDER = Point.Fn.ORDER;

type EdwardsPoint = InstanceType<typeof Point>;

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

/** y of an encoded point: the lower 255 bits; the highest is the sign of x. */
function ordinate(encoded: Uint8Array): bigint {
  return littleEndian(encoded) & ((1n << 255n) - 1n);
}

/** The point of a canonical encoding, or undefined if it is none or not on the curve. */
function decodePoint(encoded: Uint8Array): EdwardsPoint | undefined {
  try {
    return Point.fromBytes(encoded, false);
  } catch (error) {
    // noble's only signal for an encoding that is no point is a plain Error.
    if (error instanceof Error) return undefined;
    throw error;
  }
}

function checkPublicKey(key: Uint8Array): EdwardsPoint {
  const point = ordinate(key) < FIELD ? decodePoint(key) : undefined;
  if (point === undefined) throw new WireError("weak-key", "public key is not a canonical point");
  if (point.isSmallOrder()) throw new WireError("weak-key", "public key of small order");
  return point;
}

function checkCommitment(r: Uint8Array): void {
  const y = ordinate(r);
  if (y >= FIELD) throw new WireError("weak-r", "R is not canonical");
  // x is 0 only for y = ±1: order 1 and 2, also in the encoding with the sign bit set, which decodes to nothing.
  if (y === 1n || y === FIELD - 1n) throw new WireError("weak-r", "R of small order");
  // An R off the curve equals no encoding of a point and so fails in the comparison.
  if (decodePoint(r)?.isSmallOrder() === true) throw new WireError("weak-r", "R of small order");
}

/**
 * Returns if `signature` (64 bytes, R ‖ S) over `message` verifies with `key` (32 bytes).
 *
 * Throws WireError `bad-length`, `non-canonical-s`, `weak-key`, `weak-r` or `bad-signature`.
 */
export function verify(key: Uint8Array, message: Uint8Array, signature: Uint8Array): void {
  // 1. Lengths.
  if (key.length !== KEY_BYTES) throw new WireError("bad-length", `public key of ${key.length} bytes`);
  if (signature.length !== SIGNATURE_BYTES) throw new WireError("bad-length", `signature of ${signature.length} bytes`);
  const r = signature.subarray(0, 32);
  // 2. S below the group order: excludes a second signature made from the first.
  const s = littleEndian(signature.subarray(32));
  if (s >= ORDER) throw new WireError("non-canonical-s", "S is not below the group order");
  // 3. A canonical, on the curve, not of small order: excludes keys for which anybody can sign.
  const a = checkPublicKey(key);
  // 4. R canonical and not of small order.
  checkCommitment(r);
  // 5. [S]B − [k]A without cofactor, compared byte for byte.
  const k = littleEndian(sha512(concat(r, key, message))) % ORDER;
  const expected = Point.BASE.multiplyUnsafe(s).subtract(a.multiplyUnsafe(k));
  if (!equalBytes(expected.toBytes(), r)) throw new WireError("bad-signature", "signature does not verify");
}
