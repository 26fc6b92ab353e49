/**
 * Receipts (EIP-658, EIP-2718), and the event by which the contract CheckpointAnchor says that it recorded a tree:
 *
 *     event Anchored(bytes32 indexed origin, uint64 size, bytes32 root, uint32 epoch)
 */

import { keccak_256 } from "@noble/hashes/sha3.js";
import { equalBytes, utf8 } from "../bytes.ts";
import { WireError } from "../errors.ts";
import type { Checkpoint } from "../note.ts";
import { type RlpItem, bigEndian, rlpBytes, rlpItems, rlpList, rlpUint } from "./rlp.ts";
import { asBadAnchor } from "./trie.ts";

const SIGNATURE = keccak_256(utf8("Anchored(bytes32,uint64,bytes32,uint32)"));
const ADDRESS_BYTES = 20;
const WORD = 32;
/** Of one transaction; whoever anchors through another contract has a handful. */
export const MAX_LOGS = 1024;
const MAX_TOPICS = 4;
const MAX_DATA = 1 << 16;
const MAX_EPOCH = (1n << 32n) - 1n;
/** EIP-2718: above, it is a list, which is a receipt of before types. */
const MAX_TYPE = 0x7f;
const BLOOM_BYTES = 256;

/** One event of a receipt. */
export interface EventLog {
  /** The contract's, 20 bytes. */
  readonly address: Uint8Array;
  readonly topics: readonly Uint8Array[];
  readonly data: Uint8Array;
}

function decodeLog(item: RlpItem): EventLog {
  const [address, topics, data] = rlpList(item, "event", 3);
  return {
    address: rlpBytes(address, "address", ADDRESS_BYTES),
    topics: rlpList(topics, "topics", 0, MAX_TOPICS).map((topic) => rlpBytes(topic, "topic", WORD)),
    data: rlpBytes(data, "data", 0, MAX_DATA),
  };
}

/** Event `index` of a receipt whose transaction took effect. Throws `bad-anchor`. */
export function eventOf(receipt: Uint8Array, index: bigint): EventLog {
  const [status, logs] = asBadAnchor(() => {
    const typed = receipt.length === 0 || (receipt[0] as number) <= MAX_TYPE;
    const fields = rlpItems(typed ? receipt.subarray(1) : receipt, "receipt", 4);
    const found = rlpBytes(fields[0], "status", 0, WORD);
    rlpUint(fields[1], "gas used");
    rlpBytes(fields[2], "bloom filter", BLOOM_BYTES);
    return [found, rlpList(fields[3], "events", 0, MAX_LOGS).map(decodeLog)] as const;
  });
  if (!equalBytes(status, Uint8Array.of(1))) throw new WireError("bad-anchor", "the transaction failed, or is of before EIP-658");
  const log = logs[Number(index)];
  if (log === undefined) throw new WireError("bad-anchor", `the receipt has no event ${index}`);
  return log;
}

/** The epoch that the contract says for this very tree. Throws `bad-anchor` for any other event. */
export function epochOf({ topics, data }: EventLog, { origin, size, root }: Checkpoint): bigint {
  const [signature, originHash] = topics;
  if (topics.length !== 2 || signature === undefined || originHash === undefined || !equalBytes(signature, SIGNATURE)) {
    throw new WireError("bad-anchor", "the event is not Anchored");
  }
  if (data.length !== 3 * WORD) throw new WireError("bad-anchor", "the event's data are not three words");
  if (!equalBytes(originHash, keccak_256(utf8(origin)))) throw new WireError("bad-anchor", "the event is of another log");
  if (bigEndian(data.subarray(0, WORD)) !== size || !equalBytes(data.subarray(WORD, 2 * WORD), root)) {
    throw new WireError("bad-anchor", "the event is of another tree");
  }
  const epoch = bigEndian(data.subarray(2 * WORD));
  if (epoch > MAX_EPOCH) throw new WireError("bad-anchor", "the epoch does not fit 32 bits");
  return epoch;
}
