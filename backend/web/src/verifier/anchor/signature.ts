/**
 * RSA and ECDSA signatures of certificates and time-stamps, synchronous and in every context: browsers have WebCrypto only where a
 * page came over HTTPS.
 */

import { p256, p384, p521 } from "@noble/curves/nist.js";
import { sha1 } from "@noble/hashes/legacy.js";
import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import { concat, equalBytes, fromHex } from "../bytes.ts";
import { WireError } from "../errors.ts";
import { type DerItem, bitsOf, fieldsOf, integerOf, oidOf, only, sequenceOf, TAG, tagged } from "./der.ts";
import { bigEndian } from "./rlp.ts";

/** SHA-1 only where a trusted root signed itself, which shows no more than that it is a root. */
export type Digest = "sha1" | "sha256" | "sha384" | "sha512";

export const DIGESTS: Readonly<Record<Digest, (data: Uint8Array) => Uint8Array>> = { sha1, sha256, sha384, sha512 };

/** Below is weak; above takes verifiers too long. */
const RSA_BITS = [2048, 8192] as const;
/** Beyond it nobody goes, and the work grows with it. */
const MAX_EXPONENT_BITS = 64;
const RSA = "1.2.840.113549.1.1.1";
const EC = "1.2.840.10045.2.1";
const CURVES = { "1.2.840.10045.3.1.7": p256, "1.3.132.0.34": p384, "1.3.132.0.35": p521 } as const;
/** DigestInfo up to the digest (RFC 8017 §9.2). */
const DIGEST_INFO: Readonly<Record<Digest, Uint8Array>> = {
  sha1: fromHex("3021300906052b0e03021a05000414"),
  sha256: fromHex("3031300d060960864801650304020105000420"),
  sha384: fromHex("3041300d060960864801650304020205000430"),
  sha512: fromHex("3051300d060960864801650304020305000440"),
};

export type PublicKey =
  | { readonly kind: "rsa"; readonly modulus: bigint; readonly exponent: bigint; readonly bytes: number }
  | { readonly kind: "ec"; readonly curve: keyof typeof CURVES; readonly point: Uint8Array };

function bitLength(value: bigint): number {
  return value.toString(2).length;
}

function rsaKey(encoded: Uint8Array): PublicKey | undefined {
  const [n, e] = fieldsOf(only(encoded, TAG.sequence, "RSA key"), "RSA key", 2);
  const modulus = integerOf(tagged(n, TAG.integer, "modulus"), "modulus");
  const exponent = integerOf(tagged(e, TAG.integer, "exponent"), "exponent");
  if (exponent < 3n || exponent % 2n === 0n || modulus <= exponent) throw new WireError("malformed", "no RSA key");
  const bits = bitLength(modulus);
  if (bits < RSA_BITS[0] || bits > RSA_BITS[1] || bitLength(exponent) > MAX_EXPONENT_BITS) return undefined;
  return { kind: "rsa", modulus, exponent, bytes: Math.ceil(bits / 8) };
}

function ecKey(parameters: DerItem | undefined, point: Uint8Array): PublicKey | undefined {
  const curve = oidOf(parameters, "curve");
  if (!Object.hasOwn(CURVES, curve)) return undefined;
  const known = curve as keyof typeof CURVES;
  try {
    CURVES[known].Point.fromBytes(point).assertValidity();
  } catch (error) {
    throw new WireError("malformed", `no point of the curve: ${String(error)}`);
  }
  return { kind: "ec", curve: known, point };
}

/** The key of a SubjectPublicKeyInfo; undefined for one that is too weak, or of an unknown kind. Throws `malformed`. */
export function decodePublicKey(item: DerItem | undefined): PublicKey | undefined {
  const [algorithm, bits] = fieldsOf(item, "public key", 2);
  const [kind, parameters] = sequenceOf(algorithm, "key's algorithm");
  const key = bitsOf(bits, "public key");
  const name = oidOf(kind, "key's algorithm");
  if (name === RSA) return rsaKey(key);
  return name === EC ? ecKey(parameters, key) : undefined;
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let [result, square] = [1n, base % modulus];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

function toBytes(value: bigint, length: number): Uint8Array {
  return fromHex(value.toString(16).padStart(2 * length, "0"));
}

/** RSASSA-PKCS1-v1_5 (RFC 8017 §8.2.2): the encoding is made and compared, never parsed. */
function verifyRsa(key: Extract<PublicKey, { kind: "rsa" }>, digest: Digest, data: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== key.bytes) return false;
  const number = bigEndian(signature);
  if (number >= key.modulus) return false;
  const info = concat(DIGEST_INFO[digest], DIGESTS[digest](data));
  const padding = new Uint8Array(key.bytes - info.length - 3).fill(0xff);
  const expected = concat(Uint8Array.of(0, 1), padding, Uint8Array.of(0), info);
  return equalBytes(toBytes(power(number, key.exponent, key.modulus), key.bytes), expected);
}

/** ECDSA with a signature in DER. Malleable: of s and n − s both hold, as X.509 has it. */
function verifyEc(key: Extract<PublicKey, { kind: "ec" }>, digest: Digest, data: Uint8Array, signature: Uint8Array): boolean {
  const curve = CURVES[key.curve];
  const { ORDER, BYTES } = curve.Point.Fn;
  const [r, s] = fieldsOf(only(signature, TAG.sequence, "signature"), "signature", 2).map((item) =>
    integerOf(tagged(item, TAG.integer, "signature"), "signature"),
  ) as [bigint, bigint];
  if (r < 1n || s < 1n || r >= ORDER || s >= ORDER) return false;
  const compact = concat(toBytes(r, BYTES), toBytes(s, BYTES));
  return curve.verify(compact, DIGESTS[digest](data), key.point, { prehash: false, lowS: false });
}

/** Whether `signature` over `data` is by `key`. Throws WireError for an ECDSA signature that is not DER. */
export function holds(key: PublicKey, digest: Digest, data: Uint8Array, signature: Uint8Array): boolean {
  return key.kind === "rsa" ? verifyRsa(key, digest, data, signature) : verifyEc(key, digest, data, signature);
}
