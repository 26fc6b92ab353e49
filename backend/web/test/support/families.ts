/** How the browser's verifier reads a case of each family of the project's vectors: returns what it says, or throws. */

import { sha256 } from "@noble/hashes/sha2.js";
import type { AnchorCheck, AnchorChecks, AnchorFinding } from "../../src/verifier/anchors.ts";
import { decodeBatchHeader, decodeBatchMessage, verifyBatchHeader } from "../../src/verifier/batch.ts";
import { concat, equalBytes, fromHex, toHex, utf8 } from "../../src/verifier/bytes.ts";
import { type CborValue, decode, encode } from "../../src/verifier/cbor.ts";
import { claimDigits, decodeClaim, parseClaimDigits, verifyClaim } from "../../src/verifier/claim.ts";
import { type Statement, verifyStatement } from "../../src/verifier/claims.ts";
import { decodeConfiguration, decodeRelease } from "../../src/verifier/configuration.ts";
import { verify } from "../../src/verifier/ed25519.ts";
import { WireError } from "../../src/verifier/errors.ts";
import { verifyEntryProof } from "../../src/verifier/entryverifier.ts";
import { decodeLogged, verifyLogged } from "../../src/verifier/logged.ts";
import { leafHash, rootOf, verifyConsistency, verifyInclusion } from "../../src/verifier/merkle.ts";
import { beaconOf, checkpointBody, isBy, parseCheckpoint, parseNote, parseVerifierKey, verifyCosignature, verifyNote } from "../../src/verifier/note.ts";
import { decodeOrganisationStatement } from "../../src/verifier/organisation.ts";
import {
  type Policy,
  decodeSignedPolicy,
  encodeSignedPolicy,
  modelOf,
  parsePolicyFile,
  policyDocument,
  verifyPolicy,
} from "../../src/verifier/policy.ts";
import { decodePruning } from "../../src/verifier/pruning.ts";
import { decodeReceipt, decodeTransparent, verifyReceipt } from "../../src/verifier/receipt.ts";
import { decodeRecord, recordDigest, verifyRecord } from "../../src/verifier/record.ts";
import {
  REVOCATION_REASONS,
  decodeEnrolment,
  decodePossession,
  decodeRevocation,
  enrolledKid,
  verifyEnrolment,
  verifyPossession,
} from "../../src/verifier/statement.ts";
import { decodeStatusList, statusBits } from "../../src/verifier/statuslist.ts";
import { decodeBundle, parseTilePath } from "../../src/verifier/tile.ts";
import { decodeTransaction, verifyTransaction } from "../../src/verifier/transaction.ts";
import { verifyCheckpoint } from "../../src/verifier/treehead.ts";
import { parseTlogProof } from "../../src/verifier/tlogproof.ts";
import { decodeVerdict, verifyVerdict } from "../../src/verifier/verdict.ts";
import { verifyProof } from "../../src/verifier/verifier.ts";
import { evmCheck } from "../../src/verifier/anchor/evm.ts";
import { checkOpenTimestamps } from "../../src/verifier/anchor/opentimestamps.ts";
import { checkRfc3161 } from "../../src/verifier/anchor/rfc3161.ts";
import { type PolicyAnchor, decodePolicyAnchor } from "../../src/verifier/policyanchor.ts";
import { typed } from "./jsonform.ts";

/** The keys that a case can have; which of them it has is its family's (tests/vectors/README.md). */
export interface Case {
  readonly name: string;
  readonly valid: boolean;
  readonly reason: string;
  readonly step?: string;
  readonly decoded?: unknown;
  readonly bytes: string;
  readonly text: string;
  readonly realm: string;
  readonly public_key: string;
  readonly limit: number;
  readonly message: string;
  readonly signature: string;
  readonly leaves: readonly string[];
  readonly leaf_hash: string;
  readonly index: number;
  readonly size: number;
  readonly path: readonly string[];
  readonly root: string;
  readonly first: number;
  readonly second: number;
  readonly first_root: string;
  readonly second_root: string;
  readonly vkey: string;
  readonly vkeys: readonly string[];
  readonly policy: unknown;
  readonly strict: boolean;
  readonly entry: string;
  readonly previous_roots?: readonly string[];
  readonly previous_threshold?: number;
  readonly input: string;
  readonly tree: { readonly origin: string; readonly size: number; readonly root: string };
  readonly trusted: { readonly [key: string]: unknown };
  readonly blocks: readonly string[] | null;
  readonly status?: string;
  readonly time?: number;
}

type Run = (item: Case) => unknown;

function bytesOf(item: Case): Uint8Array {
  return (item.bytes as string | undefined) === undefined ? utf8(item.text) : fromHex(item.bytes);
}

function trusted(item: Case): Policy {
  return verifyPolicy(parsePolicyFile(JSON.stringify(item.policy)));
}

function claimsOf({ kid, typ, claims }: Statement): Record<string, unknown> {
  return { kid, typ, issuer: claims.issuer, subject: claims.subject, realm: claims.audience };
}

function statement<T extends Statement>(read: (bytes: Uint8Array) => T, fields: (found: T) => Record<string, unknown>): Run {
  return (item) => {
    const found = verifyStatement(read(bytesOf(item)), item.realm, fromHex(item.public_key));
    return { ...claimsOf(found), ...fields(found) };
  };
}

const record: Run = (item) => {
  const found = verifyRecord(decodeRecord(bytesOf(item)), item.realm, fromHex(item.public_key));
  const { sequence, pack, kid } = found;
  const measurements = pack.measurements.map(({ name, unit, value, time, updateTime }) => ({
    name,
    unit,
    value: typed(value),
    time,
    update_time: updateTime,
  }));
  return { kid, ...sequence, base_time: pack.baseTime, measurements, content_digest: recordDigest(found, item.realm) };
};

const batchHeader: Run = (item) => {
  const found = verifyBatchHeader(decodeBatchHeader(bytesOf(item)), item.realm, fromHex(item.public_key));
  const { kid, sequence, size, root, opened, closed } = found;
  return { kid, seq: sequence.seq, skip: sequence.skip, size, root, opened, closed };
};

const batchMessage: Run = (item) => {
  const { header, headerBytes, records } = decodeBatchMessage(bytesOf(item));
  verifyBatchHeader(header, item.realm, fromHex(item.public_key));
  return { header: headerBytes, records, digest: sha256(bytesOf(item)) };
};

const verdict: Run = (item) => {
  const { kid, digest, outcome } = verifyVerdict(decodeVerdict(bytesOf(item)), item.realm, fromHex(item.public_key));
  if (!outcome.committed) return { kid, digest, committed: false, index: null, rejected: [], reason: outcome.reason };
  const rejected = outcome.rejected.map(({ index, reason }) => [index, reason]);
  return { kid, digest, committed: true, index: outcome.index, rejected, reason: null };
};

const claim: Run = (item) => {
  const { message: _, ...found } = verifyClaim(decodeClaim(bytesOf(item)), item.realm, fromHex(item.public_key));
  return { ...found, digits: claimDigits(bytesOf(item)) };
};

const possession: Run = (item) => {
  const { message, ...found } = verifyPossession(decodePossession(bytesOf(item)), item.realm, fromHex(item.public_key));
  return { kid: message.kid, ...found };
};

const transaction: Run = (item) => {
  const { message: _, amount, ...found } = verifyTransaction(decodeTransaction(bytesOf(item)), item.realm, fromHex(item.public_key));
  return { ...found, amount: typed(amount) };
};

const enrolment: Run = (item) => {
  const found = verifyEnrolment(decodeEnrolment(bytesOf(item)), item.realm, fromHex(item.public_key));
  const { key, role, issuedAt, hardwareModel, location, status, label, simulated } = found;
  return {
    ...claimsOf(found),
    public: key,
    enrolled_kid: enrolledKid(found),
    role,
    possession: found.possession,
    issued_at: issuedAt,
    model: hardwareModel,
    location: location && [typed(location.latitude), typed(location.longitude)],
    status: status && [status.index, status.uri],
    label,
    simulated,
  };
};

function statusList(found: ReturnType<typeof decodeStatusList>): Record<string, unknown> {
  const bits = statusBits(found);
  const revoked = Array.from({ length: bits.length * 8 }, (_, i) => i).filter((i) => (((bits[i >> 3] as number) >> (i & 7)) & 1) === 1);
  return { uri: found.uri, bits, revoked, issued_at: found.issuedAt, expires: found.expires, ttl: found.ttl };
}

function policy(item: Case): unknown {
  const signed = decodeSignedPolicy(bytesOf(item));
  const roots = item.previous_roots?.map(fromHex);
  verifyPolicy(signed, roots && { roots, threshold: BigInt(item.previous_threshold ?? 0) });
  const document = policyDocument(signed);
  const again = encodeSignedPolicy(parsePolicyFile(JSON.stringify(document)));
  if (toHex(again) !== item.bytes) throw new Error("the file form converts to other bytes");
  return { document };
}

/** The vectors' own rule for the kind rfc3161 (tests/vectors/anchor_cases.py). */
const RULE: AnchorChecks = {
  rfc3161: (evidence, tree, { name, kind }) => {
    if (evidence.length !== 40) throw new WireError("bad-length", "evidence is a hash and a time");
    const time = evidence.slice(32);
    if (!equalBytes(evidence.slice(0, 32), sha256(concat(utf8(checkpointBody(tree)), time)))) {
      throw new WireError("bad-anchor", "evidence of another tree");
    }
    return { name, kind, size: tree.size, status: "checked", time: BigInt(`0x${toHex(time)}`), says: name, block: undefined };
  },
};

function shown(anchored: readonly AnchorFinding[]): unknown {
  return anchored.map(({ name, size, status, time }) => [name, size, status, time]);
}

const proof: Run = (item) => {
  const verified = verifyProof(bytesOf(item), trusted(item), RULE);
  const { steps, device, gateway, record: found, notBefore, notAfter, anchored } = verified;
  return {
    steps: steps.map(({ id, status }) => [id, status]),
    device: device.claims.subject,
    gateway: gateway.claims.subject,
    kid: found.kid,
    seq: found.sequence.seq,
    not_before: notBefore,
    not_after: notAfter,
    anchored: shown(anchored),
  };
};

const entryProof: Run = (item) => {
  const { steps, entry, issuer, subject, notAfter, anchored } = verifyEntryProof(bytesOf(item), trusted(item), RULE);
  const said = { kind: entry.kind, issuer, subject, not_after: notAfter, anchored: shown(anchored) };
  return { steps: steps.map(({ id, status }) => [id, status]), ...said };
};

const receipt: Run = (item) => {
  const found = verifyReceipt(decodeReceipt(bytesOf(item)), fromHex(item.entry), fromHex(item.public_key));
  const { kid, issuer, subject, size, index, path } = found;
  return { kid, issuer, subject, size, index, path };
};

/** The policy's anchor of a case. */
function trustedAnchor({ trusted: model }: Case): PolicyAnchor {
  return decodePolicyAnchor(modelOf(model));
}

/** Kinds of anchors: what the check that a case asks for shows. */
function anchored(check: (item: Case) => AnchorCheck): Run {
  return (item) => {
    const { origin, size, root } = item.tree;
    const tree = { origin, size: BigInt(size), root: fromHex(root) };
    const { status, time } = check(item)(fromHex(item.input), tree, trustedAnchor(item));
    return { status, time };
  };
}

const anchors: Readonly<Record<string, Run>> = {
  anchor_evm: anchored(({ blocks }) => evmCheck(blocks === null ? undefined : ({ hash }) => blocks.includes(toHex(hash)))),
  anchor_opentimestamps: anchored(() => checkOpenTimestamps),
  anchor_rfc3161: anchored(() => checkRfc3161),
};

function treeHead(text: string): Record<string, unknown> {
  const { origin, size, root } = parseCheckpoint(text);
  return { origin, size: typed(size), root };
}

const paths: Readonly<Record<string, Run>> = {
  merkle_root: ({ leaves }) => ({ root: rootOf(leaves.map((leaf) => leafHash(fromHex(leaf)))) }),
  merkle_inclusion: ({ leaf_hash, index, size, path, root }) =>
    verifyInclusion(fromHex(leaf_hash), BigInt(index), BigInt(size), path.map(fromHex), fromHex(root)),
  merkle_consistency: ({ first, first_root, second, second_root, path }) =>
    verifyConsistency(BigInt(first), fromHex(first_root), BigInt(second), fromHex(second_root), path.map(fromHex)),
  logged: (item) => verifyLogged(decodeLogged(decode(bytesOf(item), 1 << 17), "entry"), { size: BigInt(item.size), root: fromHex(item.root) }),
  tile_path: ({ text }) => ({ ...parseTilePath(text) }),
  entry_bundle: (item) => ({ entries: decodeBundle(bytesOf(item)) }),
};

const notes: Readonly<Record<string, Run>> = {
  verifier_key: ({ text }) => {
    const { name, keyId, type, key } = parseVerifierKey(text);
    return { name, key_id: keyId, algorithm: type, public: key };
  },
  note: (item) => {
    const { text, lines } = parseNote(bytesOf(item));
    return { body: text, lines: lines.map(({ name, keyId, signature }) => ({ name, key_id: keyId, signature })) };
  },
  checkpoint: (item) => treeHead(verifyNote(parseNote(bytesOf(item)), parseVerifierKey(item.vkey)).text),
  cosignature: (item) => {
    const { text, lines } = parseNote(bytesOf(item));
    const line = lines.at(-1);
    if (line === undefined) throw new Error("a note has lines");
    return { time: typed(verifyCosignature(text, line, parseVerifierKey(item.vkey))) };
  },
  beacon: (item) => {
    const { text, lines } = parseNote(bytesOf(item));
    const witnesses = item.vkeys.map(parseVerifierKey);
    return { beacon: beaconOf(text, lines.filter((line) => witnesses.some((key) => isBy(line, key)))) };
  },
  head: (item) => {
    const { text, cosignatures } = verifyCheckpoint(bytesOf(item), trusted(item), !item.strict);
    return { ...treeHead(text), cosigned: cosignatures.map(({ name, time }) => [name, typed(time)]) };
  },
};

export const FAMILIES: Readonly<Record<string, Run>> = {
  ...paths,
  ...notes,
  ...anchors,
  cbor: (item) => {
    const value: CborValue = decode(bytesOf(item), item.limit);
    if (toHex(encode(value)) !== item.bytes) throw new Error("decoded and encoded again gives other bytes");
    return typed(value);
  },
  ed25519: ({ public_key, message, signature }) => verify(fromHex(public_key), fromHex(message), fromHex(signature)),
  record,
  batch_header: batchHeader,
  batch_message: batchMessage,
  verdict,
  claim,
  claim_digits: ({ text }) => ({ bytes: parseClaimDigits(text) }),
  possession,
  transaction,
  enrolment,
  revocation: statement(decodeRevocation, ({ thumbprint, reason, lastSeq, successor, issuedAt }) => ({
    thumbprint,
    reason: REVOCATION_REASONS.indexOf(reason),
    last_seq: lastSeq,
    successor,
    issued_at: issuedAt,
  })),
  status_list: statement(decodeStatusList, statusList),
  configuration: statement(decodeConfiguration, ({ version, settings }) => ({ version, settings: typed(settings) })),
  release: statement(decodeRelease, ({ version, target, minimum, files }) => ({
    version,
    target,
    minimum,
    files: files.map(({ path, size, digest }) => [path, size, digest]),
  })),
  statement: statement(decodeOrganisationStatement, ({ payload, detached }) => ({ payload, detached })),
  policy,
  policy_file: ({ text }) => {
    const signed = parsePolicyFile(text);
    verifyPolicy(signed);
    return { bytes: encodeSignedPolicy(signed) };
  },
  pruning: statement(decodePruning, ({ first, end, keys }) => ({
    range: [first, end],
    keys: keys.map(({ kid, received, skipped, thinned, rejected }) => [kid, received, skipped, thinned, rejected]),
  })),
  proof,
  entry_proof: entryProof,
  receipt,
  transparent: (item) => ({ ...decodeTransparent(bytesOf(item)) }),
  tlog_proof: (item) => ({ ...parseTlogProof(bytesOf(item)) }),
};

/** Messages between devices, gateways and backend that no browser sees (SPEC.md §8), and files of calendars, of which evidence is made. */
export const NOT_IN_BROWSERS = [
  "acknowledgement",
  "claim_notice",
  "link_key",
  "opening",
  "ots_file",
  "piece",
  "radio_answer",
  "radio_part",
  "radio_up",
  "registration",
  "state",
  "topic",
  "want",
  "withdrawal",
];
