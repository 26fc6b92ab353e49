/** An anchor that a trust policy accepts: who fixes a tree in time, and how to recognise it (SPEC.md §6.1). */

import { fromBase64, fromHex } from "./bytes.ts";
import { type CborMap, type CborValue } from "./cbor.ts";
import { WireError } from "./errors.ts";
import { asArray, asBoundedBytes, asBoundedText, asInteger, asMap, asUint, checkKeys, optional } from "./fields.ts";
import { checkRealm } from "./names.ts";

export type AnchorKind = "evm" | "opentimestamps" | "rfc3161";

/** What every JSON reader keeps. */
const MAX_INDEX = BigInt(Number.MAX_SAFE_INTEGER);
/** A CA certificate with an RSA key of 8,192 bits has some 2,200. */
const MAX_CERTIFICATE_BYTES = 4096;
/** Pinned one by one; whoever has more sets a minimum of work. */
const MAX_BLOCKS = 64;
/** A hash has 256 bits. */
const MAX_WORK = 255n;
const MAX_TEXT = 128;
const ADDRESS = /^0x[0-9a-f]{40}$/;
const BLOCK = /^[0-9a-f]{64}$/;
const OWN_KEYS: Readonly<Record<AnchorKind, readonly string[]>> = {
  evm: ["chain", "contract"],
  opentimestamps: ["work", "blocks"],
  rfc3161: ["certificate"],
};

/** Trusted for trees whose newest entry has an index from `first` to `last`; without `last` there is no end. */
interface Accepted {
  readonly name: string;
  readonly first: bigint;
  readonly last: bigint | undefined;
}

export interface EvmAnchor extends Accepted {
  readonly kind: "evm";
  /** EIP-155 id. */
  readonly chain: bigint;
  /** 20 bytes. */
  readonly contract: Uint8Array;
}

export interface OpenTimestampsAnchor extends Accepted {
  readonly kind: "opentimestamps";
  /** A block counts if its hash is at most 2^(256−work). */
  readonly work: bigint;
  /** Hashes as computed, which count whatever their work. */
  readonly blocks: readonly Uint8Array[];
}

export interface Rfc3161Anchor extends Accepted {
  readonly kind: "rfc3161";
  /** DER of the CA in which the time-stamper's chain ends. */
  readonly certificate: Uint8Array;
}

export type PolicyAnchor = EvmAnchor | OpenTimestampsAnchor | Rfc3161Anchor;

function textOf(map: CborMap, key: string): string {
  return asBoundedText(map.get(key), key, 1, MAX_TEXT);
}

function kindOf(map: CborMap): AnchorKind {
  if (!map.has("kind")) throw new WireError("missing-key", "anchor lacks kind");
  const kind = textOf(map, "kind");
  if (!Object.hasOwn(OWN_KEYS, kind)) throw new WireError("wrong-kind", `no kind of anchor: ${kind}`);
  return kind as AnchorKind;
}

/** A block's hash as people write it: the last byte first. */
function blockHash(value: CborValue): Uint8Array {
  const digits = asBoundedText(value, "block hash", 1, MAX_TEXT);
  if (!BLOCK.test(digits)) throw new WireError("malformed", `not a block hash: ${digits}`);
  return fromHex(digits).reverse();
}

function ownFields(kind: AnchorKind, map: CborMap, accepted: Accepted): PolicyAnchor {
  if (kind === "evm") {
    const chain = asInteger(map.get("chain"), "chain", 1n, MAX_INDEX);
    const address = textOf(map, "contract");
    if (!ADDRESS.test(address)) throw new WireError("malformed", `not a contract's address: ${address}`);
    return { ...accepted, kind, chain, contract: fromHex(address.slice(2)) };
  }
  if (kind === "opentimestamps") {
    const work = asUint(map.get("work"), "work", MAX_WORK);
    return { ...accepted, kind, work, blocks: asArray(map.get("blocks"), "blocks", 0, MAX_BLOCKS).map(blockHash) };
  }
  const certificate = fromBase64(asBoundedText(map.get("certificate"), "certificate", 1, 2 * MAX_CERTIFICATE_BYTES));
  return { ...accepted, kind, certificate: asBoundedBytes(certificate, "certificate", 1, MAX_CERTIFICATE_BYTES) };
}

/** An anchor of the policy's model, strictly read. Throws WireError. */
export function decodePolicyAnchor(value: CborValue): PolicyAnchor {
  const map = asMap(value, "anchor");
  const kind = kindOf(map);
  checkKeys(map, "anchor", ["name", "kind", "first", ...OWN_KEYS[kind]], ["last"]);
  const name = checkRealm(textOf(map, "name"));
  const first = asUint(map.get("first"), "first", MAX_INDEX);
  const last = optional(map, "last", (item) => asInteger(item, "last", first, MAX_INDEX));
  return ownFields(kind, map, { name, first, last });
}
