/**
 * Evidence of kind `opentimestamps`: a Bitcoin block commits to the tree (SPEC.md §7.5).
 *
 *     [operations from the tree's digest to the root of the block's transactions, the block's 80 bytes]
 *
 * No node is asked: the policy pins the block, or says how much work a header must show.
 */

import { sha256 } from "@noble/hashes/sha2.js";
import { type AnchorFinding, MAX_EVIDENCE_BYTES } from "../anchors.ts";
import { equalBytes, utf8 } from "../bytes.ts";
import { decode } from "../cbor.ts";
import { WireError } from "../errors.ts";
import { asArray, asBoundedBytes, asFixedBytes } from "../fields.ts";
import { type Checkpoint, checkpointBody } from "../note.ts";
import type { PolicyAnchor } from "../policyanchor.ts";
import { HEADER_BYTES, checkWork, decodeBitcoinHeader, displayed } from "./bitcoin.ts";
import { dateOf, kindMismatch } from "./date.ts";
import { decodeLine, resultOf } from "./ots.ts";

/** A way through a calendar and a large transaction has under 4. */
const MAX_OPERATIONS_BYTES = 16 * 1024;

/** What the evidence shows of the tree. Throws WireError for one that does not hold. */
export function checkOpenTimestamps(evidence: Uint8Array, tree: Checkpoint, trusted: PolicyAnchor): AnchorFinding {
  if (trusted.kind !== "opentimestamps") throw kindMismatch(trusted);
  const [line, headerBytes] = asArray(decode(evidence, MAX_EVIDENCE_BYTES), "evidence", 2);
  const operations = decodeLine(asBoundedBytes(line, "operations", 1, MAX_OPERATIONS_BYTES));
  const header = decodeBitcoinHeader(asFixedBytes(headerBytes, "block header", HEADER_BYTES));
  const block = displayed(header.hash);
  // 1. The block commits to this very tree.
  if (!equalBytes(resultOf(operations, sha256(utf8(checkpointBody(tree)))), header.merkleRoot)) {
    throw new WireError("bad-anchor", `block ${block} does not commit to this tree`);
  }
  // 2. It is one of Bitcoin's: the policy names it, or nobody would spend that much work on a false one.
  const named = trusted.blocks.some((hash) => equalBytes(hash, header.hash));
  if (!named) checkWork(header, trusted.work);
  const why = named ? "which the policy names" : `which shows its work of at least 2^${trusted.work} hashes`;
  const says = `${trusted.name}: Bitcoin block ${block}, ${why}, commits to the log's first ${tree.size} entries; its miner dated it ${dateOf(header.time)}`;
  return { name: trusted.name, kind: trusted.kind, size: tree.size, status: "checked", time: header.time, says, block: undefined };
}
