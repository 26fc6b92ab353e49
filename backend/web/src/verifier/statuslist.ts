/** Token Status List in CWT form (SPEC.md §3.5). */

import { inflateSync, unzlibSync } from "fflate";
import { asBoundedBytes, asInteger, asMap, asText, asUint, checkKeys, optional } from "./fields.ts";
import { WireError } from "./errors.ts";
import { type Statement, decodeStatement } from "./claims.ts";

export const TYP_STATUS_LIST = "application/statuslist+cwt";
/** Eight million keys; bounds what a compressed entry of 64 KiB can unfold to. */
const MAX_LIST_BYTES = 1024 * 1024;
/** What a log entry can carry. */
const MAX_COMPRESSED = 60_000;
const ADLER_MODULUS = 65_521;

export interface StatusList extends Statement {
  readonly uri: string;
  readonly issuedAt: bigint;
  readonly expires: bigint | undefined;
  readonly ttl: bigint | undefined;
  readonly compressed: Uint8Array;
}

/** Adler-32 (RFC 1950 §8). */
function adler32(bytes: Uint8Array): number {
  let [low, high] = [1, 0];
  for (const byte of bytes) {
    low = (low + byte) % ADLER_MODULUS;
    high = (high + low) % ADLER_MODULUS;
  }
  return high * 65_536 + low;
}

/** What `read` unfolds into a buffer of bounded size, or undefined if the stream is malformed. */
function unfolded(read: (out: Uint8Array) => Uint8Array): Uint8Array | undefined {
  try {
    // A given buffer does not grow: what does not fit into it is dropped, and its last byte tells.
    return read(new Uint8Array(MAX_LIST_BYTES + 1));
  } catch (error) {
    // fflate throws plain Errors for every malformed stream.
    if (error instanceof Error) return undefined;
    throw error;
  }
}

/** One bit per key, least significant first. Throws WireError `malformed` for anything but one zlib stream of bounded size. */
export function statusBits({ compressed }: StatusList): Uint8Array {
  const bits = unfolded((out) => unzlibSync(compressed, { out }));
  if (bits === undefined) throw new WireError("malformed", "status list does not unfold");
  if (bits.length > MAX_LIST_BYTES) throw new WireError("malformed", "status list unfolds to over a megabyte");
  // fflate looks at nothing between the last block and the checksum. Without its last byte, a stream that fills the room is cut.
  if (unfolded((out) => inflateSync(compressed.subarray(2, -5), { out })) !== undefined) {
    throw new WireError("malformed", "status list goes on after its stream");
  }
  const stated = new DataView(compressed.buffer, compressed.byteOffset).getUint32(compressed.length - 4);
  if (stated !== adler32(bits)) throw new WireError("malformed", "status list with a wrong checksum");
  return bits;
}

/** A status list, strictly decoded; nothing is verified yet. */
export function decodeStatusList(bytes: Uint8Array): StatusList {
  const { payload, ...statement } = decodeStatement(bytes, TYP_STATUS_LIST);
  checkKeys(payload, "status list", [2n, 6n, 65533n], [4n, 65534n]);
  const uri = asText(payload.get(2n), "sub");
  if (uri !== statement.claims.subject) throw new WireError("out-of-range", "sub in header and payload differ");
  const list = asMap(payload.get(65533n), "status_list");
  checkKeys(list, "status_list", ["bits", "lst"]);
  asInteger(list.get("bits"), "bits", 1n, 1n);
  const compressed = asBoundedBytes(list.get("lst"), "lst", 1, MAX_COMPRESSED);
  return {
    ...statement,
    uri,
    issuedAt: asUint(payload.get(6n), "iat"),
    expires: optional(payload, 4n, (value) => asUint(value, "exp")),
    ttl: optional(payload, 65534n, (value) => asUint(value, "ttl")),
    compressed,
  };
}

/** Returns if the key with status `index` is valid by these bits. Throws `revoked`, or `out-of-range` beyond their end. */
export function checkStatus(bits: Uint8Array, index: bigint): void {
  const byte = index < BigInt(bits.length) * 8n ? bits[Number(index >> 3n)] : undefined;
  if (byte === undefined) throw new WireError("out-of-range", `status list ends before index ${index}`);
  if (((byte >> Number(index & 7n)) & 1) === 1) throw new WireError("revoked", `status ${index} is set`);
}
