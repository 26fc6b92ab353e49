/**
 * OpenTimestamps operations: one after the other they lead from a message to the next.
 *
 * The format has no specification beside its first implementation; the limits are that implementation's. Forks and attestations of
 * `.ots` files are not in evidence, and so not here.
 */

import { ripemd160, sha1 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { concat, toHex, utf8 } from "../bytes.ts";
import { WireError } from "../errors.ts";

/** Of every message and result: what a verifier holds at a time. */
const MAX_MESSAGE_BYTES = 4096;
/** Twice as long afterwards. */
const MAX_HEXLIFIED_BYTES = MAX_MESSAGE_BYTES / 2;
/** The first implementation goes down 256 levels, the start among them. */
const MAX_OPERATIONS = 255;
const MAX_VARUINT = (1n << 64n) - 1n;
const MAX_VARUINT_BYTES = 10;

const APPEND = 0xf0;
const PREPEND = 0xf1;
const REVERSE = 0xf2;
const HEXLIFY = 0xf3;
const HASHES: Readonly<Record<number, (message: Uint8Array) => Uint8Array>> = {
  0x02: sha1,
  0x03: ripemd160,
  0x08: sha256,
  0x67: keccak_256,
};

export interface Operation {
  readonly tag: number;
  /** Of append and prepend; else empty. */
  readonly argument: Uint8Array;
}

class Octets {
  readonly #data: Uint8Array;
  #at = 0;

  constructor(data: Uint8Array) {
    this.#data = data;
  }

  get left(): number {
    return this.#data.length - this.#at;
  }

  take(count: number): Uint8Array {
    if (count > this.left) throw new WireError("truncated", `${count} bytes expected, ${this.left} left`);
    this.#at += count;
    return this.#data.slice(this.#at - count, this.#at);
  }

  /** An unsigned number, seven bits a byte, the lowest first; only the shortest form. */
  varuint(): bigint {
    let found = 0n;
    for (let position = 0; position < MAX_VARUINT_BYTES; position++) {
      const octet = this.take(1)[0] as number;
      found |= BigInt(octet & 0x7f) << BigInt(7 * position);
      if ((octet & 0x80) !== 0) continue;
      if (octet === 0 && position > 0) throw new WireError("not-deterministic", "a varuint in long form");
      if (found > MAX_VARUINT) break;
      return found;
    }
    throw new WireError("out-of-range", "a varuint over 64 bits");
  }
}

function decodeOperation(octets: Octets): Operation {
  const tag = octets.take(1)[0] as number;
  if (tag === APPEND || tag === PREPEND) {
    const length = octets.varuint();
    if (length < 1n || length > BigInt(MAX_MESSAGE_BYTES)) throw new WireError("out-of-range", `an argument of ${length} bytes`);
    return { tag, argument: octets.take(Number(length)) };
  }
  if (HASHES[tag] === undefined && tag !== REVERSE && tag !== HEXLIFY) {
    throw new WireError("forbidden-item", `no operation has tag 0x${tag.toString(16)}`);
  }
  return { tag, argument: new Uint8Array() };
}

/** Operations one after the other: no fork, no attestation, nothing applied yet. Throws WireError. */
export function decodeLine(data: Uint8Array): readonly Operation[] {
  const octets = new Octets(data);
  const found: Operation[] = [];
  while (octets.left > 0) {
    if (found.length === MAX_OPERATIONS) throw new WireError("too-deep", `over ${MAX_OPERATIONS} operations in a row`);
    found.push(decodeOperation(octets));
  }
  return found;
}

function turned(tag: number, message: Uint8Array): Uint8Array {
  if (message.length === 0) throw new WireError("out-of-range", "an empty message is neither reversed nor hexlified");
  if (tag === REVERSE) return message.slice().reverse();
  if (message.length > MAX_HEXLIFIED_BYTES) throw new WireError("out-of-range", "a message too long to be hexlified");
  return utf8(toHex(message));
}

function apply(message: Uint8Array, { tag, argument }: Operation): Uint8Array {
  const hash = HASHES[tag];
  if (hash !== undefined) return hash(message);
  if (tag === REVERSE || tag === HEXLIFY) return turned(tag, message);
  const result = tag === APPEND ? concat(message, argument) : concat(argument, message);
  if (result.length > MAX_MESSAGE_BYTES) throw new WireError("out-of-range", `a result of ${result.length} bytes`);
  return result;
}

/** Where operations lead from a message. Throws `out-of-range` where a message gets too long, or is empty where it may not be. */
export function resultOf(operations: readonly Operation[], message: Uint8Array): Uint8Array {
  return operations.reduce(apply, message);
}
