/** Token Status List in CWT form (SPEC.md §3.5). */

import { Inflate } from "pako";
import { asBoundedBytes, asInteger, asMap, asText, asUint, checkKeys, optional } from "./fields.ts";
import { WireError } from "./errors.ts";
import { type Statement, decodeStatement } from "./claims.ts";

export const TYP_STATUS_LIST = "application/statuslist+cwt";
/** Eight million keys; bounds what a compressed entry of 64 KiB can unfold to. */
const MAX_LIST_BYTES = 1024 * 1024;
/** What a log entry can carry. */
const MAX_COMPRESSED = 60_000;

export interface StatusList extends Statement {
  readonly uri: string;
  readonly issuedAt: bigint;
  readonly expires: bigint | undefined;
  readonly ttl: bigint | undefined;
  readonly compressed: Uint8Array;
}

/** One bit per key, least significant first. Throws WireError `malformed` for anything but one zlib stream of bounded size. */
export function statusBits({ compressed }: StatusList): Uint8Array {
  const stream = new Inflate();
  let unfolded = 0;
  const keep = stream.onData.bind(stream);
  stream.onData = (chunk) => {
    unfolded += (chunk as Uint8Array).length;
    if (unfolded > MAX_LIST_BYTES) throw new WireError("malformed", "status list unfolds to over a megabyte");
    keep(chunk);
  };
  stream.push(compressed, true);
  if (stream.err !== 0 || !(stream.result instanceof Uint8Array)) {
    throw new WireError("malformed", "status list does not unfold");
  }
  const { avail_in: left } = (stream as unknown as { readonly strm: { readonly avail_in: number } }).strm;
  if (left !== 0) throw new WireError("malformed", "status list goes on after its stream");
  return stream.result;
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

/** Whether the bits say that the key with status `index` was revoked. Throws `out-of-range` beyond their end. */
export function isRevoked(bits: Uint8Array, index: bigint): boolean {
  const byte = index < BigInt(bits.length) * 8n ? bits[Number(index >> 3n)] : undefined;
  if (byte === undefined) throw new WireError("out-of-range", `status list ends before index ${index}`);
  return ((byte >> Number(index & 7n)) & 1) === 1;
}
