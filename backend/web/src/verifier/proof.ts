/** Proof bundle: its format and the thirteen steps of its verification (SPEC.md §7). */

import { type BatchHeader, decodeBatchHeader, verifyBatchHeader } from "./batch.ts";
import { equalBytes } from "./bytes.ts";
import { decode } from "./cbor.ts";
import { type Statement, verifyStatement } from "./claims.ts";
import { ProofError, type StepId, type StepReport, WireError } from "./errors.ts";
import { asArray, asBoundedBytes, asBoundedText, asMap, asText, asUint, checkKeys, optional } from "./fields.ts";
import { type Logged, decodeLogged, decodePath, verifyLogged } from "./logged.ts";
import { leafHash, verifyInclusion } from "./merkle.ts";
import { checkRealm } from "./names.ts";
import { type Checkpoint, MAX_NOTE_BYTES } from "./note.ts";
import { type Policy, type Registrar, validAt } from "./policy.ts";
import { MAX_RECORD_BYTES, type Record, decodeRecord, verifyRecord } from "./record.ts";
import {
  type Enrolment,
  decodeEnrolment,
  enrolledKid,
  verifyEnrolment,
} from "./statement.ts";
import { checkStatus, decodeStatusList, statusBits } from "./statuslist.ts";
import { type TrustedCheckpoint, checkQuorum, trustedBeacon, verifyCheckpoint } from "./treehead.ts";

export const MAX_PROOF_BYTES = 64 * 1024;
export const PROOF_FORMAT = "civicroot/proof/v1";
const MAX_BATCH_INDEX = (1n << 32n) - 1n;

/** A proof file's parts, as bytes. */
export interface ProofBundle {
  readonly realm: string;
  readonly record: Uint8Array;
  readonly batchIndex: bigint;
  readonly batchPath: readonly Uint8Array[];
  readonly header: Logged;
  /** Signed note. */
  readonly checkpoint: string;
  readonly deviceEnrolment: Logged;
  readonly gatewayEnrolment: Logged;
  readonly statusList: Logged | undefined;
  /** Signed note. */
  readonly beacon: string | undefined;
}

/** What a proof that verifies says. */
export interface VerifiedProof {
  readonly steps: readonly StepReport[];
  readonly bundle: ProofBundle;
  readonly record: Record;
  readonly header: BatchHeader;
  readonly device: Enrolment;
  readonly gateway: Enrolment;
  readonly checkpoint: Checkpoint;
  /** Witnesses' names and the Unix seconds at which they saw the checkpoint. */
  readonly cosignatures: TrustedCheckpoint["cosignatures"];
  /** The checkpoint that the device had been told of, if the bundle has it. */
  readonly beacon: TrustedCheckpoint | undefined;
  /** Unix seconds between which the witnesses' quorum places the reading, where it does. */
  readonly notBefore: bigint | undefined;
  readonly notAfter: bigint | undefined;
}

/** The parts of a proof file, strictly decoded. Throws WireError. */
export function decodeProof(bytes: Uint8Array): ProofBundle {
  const map = asMap(decode(bytes, MAX_PROOF_BYTES), "proof");
  checkKeys(map, "proof", [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n], [9n, 10n, 11n]);
  if (map.get(1n) !== PROOF_FORMAT) throw new WireError("wrong-kind", `format is not ${PROOF_FORMAT}`);
  if (map.has(11n)) throw new WireError("untrusted", "this version accepts no anchors");
  const [batchIndex, batchPath] = asArray(map.get(4n), "place in the batch", 2);
  return {
    realm: checkRealm(asText(map.get(2n), "realm")),
    record: asBoundedBytes(map.get(3n), "record", 1, MAX_RECORD_BYTES),
    batchIndex: asUint(batchIndex, "index in the batch", MAX_BATCH_INDEX),
    batchPath: decodePath(batchPath),
    header: decodeLogged(map.get(5n), "batch header"),
    checkpoint: asBoundedText(map.get(6n), "checkpoint", 1, MAX_NOTE_BYTES),
    deviceEnrolment: decodeLogged(map.get(7n), "device enrolment"),
    gatewayEnrolment: decodeLogged(map.get(8n), "gateway enrolment"),
    statusList: optional(map, 9n, (value) => decodeLogged(value, "status list")),
    beacon: optional(map, 10n, (value) => asBoundedText(value, "beacon checkpoint", 1, MAX_NOTE_BYTES)),
  };
}

/** Runs steps, keeps their reports, and gives every refusal the name of its step. */
class Steps {
  readonly reports: StepReport[] = [];

  run<T>(id: StepId, check: () => readonly [value: T, says: string]): T {
    const [value, says] = this.named(id, check);
    this.reports.push({ id, status: "checked", says });
    return value;
  }

  notChecked(id: StepId, says: string): undefined {
    this.reports.push({ id, status: "not-checked", says });
    return undefined;
  }

  /** What `check` returns, unreported; its refusal becomes the step's. */
  named<T>(id: StepId, check: () => T): T {
    try {
      return check();
    } catch (error) {
      if (error instanceof WireError) throw new ProofError(id, error.reason, error.detail, this.reports);
      throw error;
    }
  }
}

interface Context {
  readonly bundle: ProofBundle;
  readonly checkpoint: Checkpoint;
  readonly policy: Policy;
}

/** The policy's registrar that signed a statement logged at `index`. */
function registrarOf(statement: Statement, index: bigint, policy: Policy): Registrar {
  const registrar = policy.registrars.find(({ kid }) => equalBytes(kid, statement.kid));
  if (registrar === undefined) throw new WireError("untrusted", "not signed by a registrar of the policy");
  if (!validAt(registrar, index)) throw new WireError("untrusted", `registrar ${registrar.name} is not trusted at index ${index}`);
  return registrar;
}

/** The enrolment of the key `kid` in `role`, logged before the batch header. */
function checkEnrolment(context: Context, logged: Logged, kid: Uint8Array, role: string): Enrolment {
  const { bundle, checkpoint, policy } = context;
  // a. In the same log: enrolled in public.
  verifyLogged(logged, checkpoint);
  const enrolment = decodeEnrolment(logged.entry);
  // b. By a registrar that the policy trusts at this index, for a key that asked for it.
  verifyEnrolment(enrolment, policy.realm, registrarOf(enrolment, logged.index, policy).key);
  // c. Of the key that signed, in the role that signs this kind.
  if (!equalBytes(enrolledKid(enrolment), kid)) throw new WireError("key-mismatch", "enrolment of another key");
  if (enrolment.role !== role) throw new WireError("wrong-role", `enrolled as ${enrolment.role}, not ${role}`);
  // d. Before the batch.
  if (logged.index >= bundle.header.index) throw new WireError("wrong-order", "enrolled after the batch header");
  return enrolment;
}

function checkRevocation({ bundle, checkpoint, policy }: Context, logged: Logged, enrolments: readonly Enrolment[]): void {
  verifyLogged(logged, checkpoint);
  const list = decodeStatusList(logged.entry);
  if (logged.index < bundle.header.index) throw new WireError("wrong-order", "status list is older than the batch header");
  verifyStatement(list, policy.realm, registrarOf(list, logged.index, policy).key);
  const bits = statusBits(list);
  for (const { status, claims } of enrolments) {
    if (status?.uri !== list.uri) throw new WireError("untrusted", `${claims.subject} is not in this status list`);
    checkStatus(bits, status.index);
  }
}

/**
 * What the proof file `bytes` says under the verified `policy`.
 *
 * Throws ProofError with the failed step, the reason of SPEC.md §9, and the reports of the steps before it.
 */
export function verifyProof(bytes: Uint8Array, policy: Policy): VerifiedProof {
  const steps = new Steps();
  // 1. Excludes anything that is not a proof.
  const bundle = steps.run("format", () => [decodeProof(bytes), `${bytes.length} bytes, strictly read`]);
  // 2. Excludes a proof of another city.
  steps.run("realm", () => {
    if (bundle.realm !== policy.realm) throw new WireError("wrong-realm", `proof is of ${bundle.realm}`);
    return [undefined, `realm ${policy.realm}`];
  });
  // 3. Excludes another log, an edited tree head.
  const { checkpoint, cosignatures } = steps.run("checkpoint", () => {
    const trusted = verifyCheckpoint(bundle.checkpoint, policy);
    return [trusted, `${trusted.checkpoint.origin} signed a tree of ${trusted.checkpoint.size} entries`];
  });
  // 4. Excludes a history shown to you alone.
  if (policy.quorum === 0n) steps.notChecked("witnesses", "the policy asks for no witness");
  else steps.run("witnesses", () => [checkQuorum(cosignatures, policy), `${cosignatures.length} witnesses cosigned`]);
  const context = { bundle, checkpoint, policy };
  // 5. Excludes a batch that was never published.
  const header = steps.run("header-log", () => {
    verifyLogged(bundle.header, checkpoint);
    return [decodeBatchHeader(bundle.header.entry), `batch header is log entry ${bundle.header.index}`];
  });
  // 6. Excludes an invented gateway.
  const gateway = steps.run("gateway-enrolment", () => {
    const enrolment = checkEnrolment(context, bundle.gatewayEnrolment, header.kid, "gateway");
    return [enrolment, `${enrolment.claims.subject} enrolled at index ${bundle.gatewayEnrolment.index}`];
  });
  // 7. Excludes a batch nobody vouches for.
  steps.run("gateway-signature", () => {
    const verified = verifyBatchHeader(header, policy.realm, gateway.key);
    return [verified, `batch ${verified.sequence.seq} of ${gateway.claims.subject}, ${verified.size} records`];
  });
  // 8. Excludes a record slipped in later.
  const record = steps.run("record-batch", () => {
    verifyInclusion(leafHash(bundle.record), bundle.batchIndex, header.size, bundle.batchPath, header.root);
    return [decodeRecord(bundle.record), `record ${bundle.batchIndex + 1n} of ${header.size} in the batch`];
  });
  // 9. Excludes an invented device.
  const device = steps.run("device-enrolment", () => {
    const enrolment = checkEnrolment(context, bundle.deviceEnrolment, record.kid, "device");
    return [enrolment, `${enrolment.claims.subject} enrolled at index ${bundle.deviceEnrolment.index}`];
  });
  // 10. Excludes an altered reading.
  steps.run("device-signature", () => {
    const verified = verifyRecord(record, policy.realm, device.key);
    return [verified, `record ${verified.sequence.seq} of ${device.claims.subject}`];
  });
  // 11. Excludes a key withdrawn before.
  const { statusList } = bundle;
  if (statusList === undefined) steps.notChecked("revocation", "the proof carries no status list");
  else {
    steps.run("revocation", () => {
      checkRevocation(context, statusList, [device, gateway]);
      return [undefined, `both keys valid in the status list at index ${statusList.index}`];
    });
  }
  // 12. Excludes a reading made earlier than said.
  const beacon = checkBeacon(steps, bundle, record, policy);
  // 13. Anchors are not part of version 1.
  steps.notChecked("anchors", "not part of this version");
  const notBefore = policy.quorum > 0n && beacon !== undefined ? extreme(beacon.cosignatures, -1) : undefined;
  const notAfter = policy.quorum > 0n ? extreme(cosignatures, 1) : undefined;
  return { steps: steps.reports, bundle, record, header, device, gateway, checkpoint, cosignatures, beacon, notBefore, notAfter };
}

/** The earliest (-1) or latest (1) time of cosignatures. */
function extreme(cosignatures: TrustedCheckpoint["cosignatures"], sign: 1 | -1): bigint | undefined {
  const [first, ...rest] = cosignatures.map(({ time }) => time);
  return first === undefined ? undefined : rest.reduce((best, time) => ((time > best) === sign > 0 ? time : best), first);
}

function checkBeacon(steps: Steps, bundle: ProofBundle, record: Record, policy: Policy): TrustedCheckpoint | undefined {
  const { beacon } = bundle;
  if (beacon === undefined) return steps.notChecked("beacon", "the proof carries no beacon checkpoint");
  const trusted = steps.named("beacon", () => {
    const found = trustedBeacon(beacon, record.sequence.beacon, policy);
    if (found.checkpoint.size > bundle.header.index) throw new WireError("wrong-order", "beacon younger than the batch");
    checkQuorum(found.cosignatures, policy);
    return found;
  });
  // The log's own word is no lower bound: it could have made this checkpoint beforehand.
  if (policy.quorum === 0n) return steps.notChecked("beacon", "the policy asks for no witnesses");
  return steps.run("beacon", () => [trusted, `made after the checkpoint of ${trusted.checkpoint.size} entries`]);
}
