/** Bitcoin block header: its hash, the root of its transactions, its time and the work in it. */

import { sha256 } from "@noble/hashes/sha2.js";
import { toHex } from "../bytes.ts";
import { WireError } from "../errors.ts";
import { bigEndian } from "./rlp.ts";

export const HEADER_BYTES = 80;
const HASH_BITS = 256n;
const MANTISSA_BITS = 23n;
const SIGN = 1n << MANTISSA_BITS;

export interface BitcoinHeader {
  /** As computed; people write it the last byte first. */
  readonly hash: Uint8Array;
  readonly merkleRoot: Uint8Array;
  /** Unix seconds. */
  readonly time: bigint;
  readonly bits: bigint;
}

function littleEndian(bytes: Uint8Array): bigint {
  return bigEndian(bytes.slice().reverse());
}

export function decodeBitcoinHeader(data: Uint8Array): BitcoinHeader {
  return {
    hash: sha256(sha256(data)),
    merkleRoot: data.slice(36, 68),
    time: littleEndian(data.subarray(68, 72)),
    bits: littleEndian(data.subarray(72, 76)),
  };
}

/** A block's hash as people write it. */
export function displayed(hash: Uint8Array): string {
  return toHex(hash.slice().reverse());
}

/**
 * The number that `bits` stand for, of which a hash is at most; as Bitcoin reads it. Throws `too-little-work`.
 *
 * The first byte counts the bytes of the number, three follow, and the highest bit of these is a sign.
 */
export function targetOf(bits: bigint): bigint {
  const [size, mantissa] = [bits >> 24n, bits & (SIGN - 1n)];
  const target = size <= 3n ? mantissa >> (8n * (3n - size)) : mantissa << (8n * (size - 3n));
  if ((bits & SIGN) !== 0n || target === 0n || target >> HASH_BITS !== 0n) {
    throw new WireError("too-little-work", `0x${bits.toString(16)} is no target: negative, zero or over 256 bits`);
  }
  return target;
}

/** Returns if the hash is at most the header's own target and at most 2^(256−work). Throws `too-little-work`. */
export function checkWork({ hash, bits }: BitcoinHeader, work: bigint): void {
  const found = littleEndian(hash);
  if (found > targetOf(bits)) throw new WireError("too-little-work", `block ${displayed(hash)} misses its own target`);
  if (found > 1n << (HASH_BITS - work)) {
    throw new WireError("too-little-work", `block ${displayed(hash)} shows less than 2^${work} hashes of work`);
  }
}
