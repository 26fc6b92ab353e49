/**
 * Evidence of kind `evm`: a contract on an EVM chain recorded the tree (SPEC.md §7.5).
 *
 *     [block header (RLP), transaction index, [trie node (RLP), …], index of the event in the receipt]
 *
 * Everything from the tree to the block's hash is computed here. That the block is on the chain is for a source that the reader
 * chose to say; without one, the finding says which block to look up.
 */

import { keccak_256 } from "@noble/hashes/sha3.js";
import { type AnchorCheck, type AnchorFinding, type Block, MAX_EVIDENCE_BYTES } from "../anchors.ts";
import { equalBytes, toHex } from "../bytes.ts";
import { decode } from "../cbor.ts";
import { WireError } from "../errors.ts";
import { asArray, asBoundedBytes, asUint } from "../fields.ts";
import type { Checkpoint } from "../note.ts";
import type { EvmAnchor } from "../policyanchor.ts";
import { dateOf, kindMismatch } from "./date.ts";
import { MAX_LOGS, epochOf, eventOf } from "./event.ts";
import { rlpBytes, rlpItems, rlpUint } from "./rlp.ts";
import { trieValue } from "./trie.ts";

/** Some 600 today; rollups put up to 1 KiB of their own into extraData. */
const MAX_HEADER_BYTES = 2048;
/** A key has at most eight nibbles: eight branches, extensions between, and the leaf. */
const MAX_NODES = 16;
/** The leaf holds the receipt with all its events. */
const MAX_NODE_BYTES = 16 * 1024;
/** Of a transaction: more than any block's gas pays for. */
const MAX_INDEX = (1n << 24n) - 1n;
/** Fifteen since the beginning; every fork appends. */
const HEADER_ITEMS = [15, 32] as const;
/** Places in a header. */
const RECEIPTS_ROOT = 5;
const NUMBER = 8;
const TIME = 11;
const MAX_TIME = (1n << 53n) - 1n;

/** Whether a block is on its chain; undefined if the source does not know. */
export type BlockSource = (block: Block) => boolean | undefined;

interface Header {
  readonly hash: Uint8Array;
  readonly receiptsRoot: Uint8Array;
  readonly number: bigint;
  /** Unix seconds. */
  readonly time: bigint;
}

interface Evidence {
  readonly header: Header;
  readonly index: bigint;
  readonly nodes: readonly Uint8Array[];
  readonly logIndex: bigint;
}

function decodeHeader(data: Uint8Array): Header {
  const fields = rlpItems(data, "block header", ...HEADER_ITEMS);
  const header = {
    hash: keccak_256(data),
    receiptsRoot: rlpBytes(fields[RECEIPTS_ROOT], "receipts root", 32),
    number: rlpUint(fields[NUMBER], "block number"),
    time: rlpUint(fields[TIME], "block time"),
  };
  if (header.time > MAX_TIME) throw new WireError("malformed", "RLP: block time is beyond every calendar");
  return header;
}

function decodeEvidence(bytes: Uint8Array): Evidence {
  const [header, index, nodes, logIndex] = asArray(decode(bytes, MAX_EVIDENCE_BYTES), "evidence", 4);
  return {
    header: decodeHeader(asBoundedBytes(header, "block header", 1, MAX_HEADER_BYTES)),
    index: asUint(index, "transaction index", MAX_INDEX),
    nodes: asArray(nodes, "trie nodes", 1, MAX_NODES).map((node) => asBoundedBytes(node, "trie node", 1, MAX_NODE_BYTES)),
    logIndex: asUint(logIndex, "event index", BigInt(MAX_LOGS - 1)),
  };
}

function finding({ hash, number, time }: Header, tree: Checkpoint, trusted: EvmAnchor, epoch: bigint, source?: BlockSource): AnchorFinding {
  const block = { chain: trusted.chain, number, hash };
  const seen = source?.(block);
  if (seen === false) throw new WireError("untrusted", `block 0x${toHex(hash)} is not on chain ${trusted.chain}`);
  const where = `block ${number} of chain ${trusted.chain}`;
  const says =
    seen === true
      ? `${trusted.name}: the tree of ${tree.size} entries was recorded in ${where} on ${dateOf(time)} (epoch ${epoch})`
      : `${trusted.name}: recorded on ${dateOf(time)}, if ${where} has the hash 0x${toHex(hash)}; nobody was asked, so look it up there`;
  return { name: trusted.name, kind: "evm", size: tree.size, status: seen === true ? "checked" : "not-checked", time, says, block };
}

/** The check of this kind; `source` says which blocks are on their chain. It throws WireError for evidence that does not hold. */
export function evmCheck(source?: BlockSource): AnchorCheck {
  return (evidence, tree, trusted) => {
    if (trusted.kind !== "evm") throw kindMismatch(trusted);
    // 1. Decode strictly: excludes what no writer makes.
    const { header, index, nodes, logIndex } = decodeEvidence(evidence);
    // 2. The receipt stands in the block: excludes a transaction that never was.
    const receipt = trieValue(header.receiptsRoot, index, nodes);
    // 3. It took effect, and has this event: excludes a transaction that was reverted.
    const log = eventOf(receipt, logIndex);
    // 4. By the contract that the policy accepts: anybody can write a contract that says the same.
    if (!equalBytes(log.address, trusted.contract)) {
      throw new WireError("untrusted", `contract 0x${toHex(log.address)} is not the policy's`);
    }
    // 5. Of this log and this tree.
    const epoch = epochOf(log, tree);
    // 6. In a block that the reader's own source knows.
    return finding(header, tree, trusted, epoch, source);
  };
}
