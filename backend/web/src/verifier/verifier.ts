/** Verifying a reading's bundle against a trust policy, offline, in the thirteen steps of SPEC.md §7.2. */

import type { AnchorChecks, AnchorFinding } from "./anchors.ts";
import { type BatchHeader, decodeBatchHeader, verifyBatchHeader } from "./batch.ts";
import { type StepReport, WireError } from "./errors.ts";
import { verifyLogged } from "./logged.ts";
import { leafHash, verifyInclusion } from "./merkle.ts";
import type { Policy } from "./policy.ts";
import { type ProofBundle, decodeProof } from "./proof.ts";
import { type Record, decodeRecord, verifyRecord } from "./record.ts";
import type { Enrolment } from "./statement.ts";
import {
  type Context,
  type Standing,
  Steps,
  checkAnchors,
  checkCheckpoint,
  checkEnrolment,
  checkRealm,
  checkSeen,
  checkStanding,
  checkStatusList,
  checkWitnesses,
  noStatusList,
  standingSays,
} from "./steps.ts";
import { type TrustedCheckpoint, seenBy, signedAfter, trustedBeacon } from "./treehead.ts";

/** What a proof that verifies says. */
export interface VerifiedProof {
  readonly steps: readonly StepReport[];
  readonly bundle: ProofBundle;
  readonly record: Record;
  readonly header: BatchHeader;
  readonly device: Enrolment;
  readonly gateway: Enrolment;
  /** The tree head, with the witnesses that cosigned it. */
  readonly head: TrustedCheckpoint;
  /** The tree whose cosignatures `notAfter` rests on: an earlier one, if the bundle has a sighting, or `head`. */
  readonly seen: TrustedCheckpoint;
  /** The checkpoint that the device had been told of, if the bundle has it. */
  readonly beacon: TrustedCheckpoint | undefined;
  /** Of device and gateway; undefined if the bundle has no status list. */
  readonly standing: { readonly device: Standing; readonly gateway: Standing } | undefined;
  /**
   * Unix seconds between which the policy's quorum of witnesses places the reading, where it does. They rest on the clocks of
   * those who cosigned `beacon` and `seen`.
   */
  readonly notBefore: bigint | undefined;
  readonly notAfter: bigint | undefined;
  /** What each external anchor shows. */
  readonly anchored: readonly AnchorFinding[];
}

/**
 * What the proof file `bytes` says under the verified `policy`; `checks` verify the evidence of external anchors.
 *
 * Throws ProofError with the failed step, the reason of SPEC.md §9, and the reports of the steps before it.
 */
export function verifyProof(bytes: Uint8Array, policy: Policy, checks: AnchorChecks = {}): VerifiedProof {
  const steps = new Steps();
  // 1. Excludes anything that is not a proof, and bytes that no step would look at.
  const bundle = steps.run("format", () => [decodeProof(bytes), `a proof bundle of ${bytes.length} bytes`]);
  // 2. Excludes a proof of another city.
  checkRealm(steps, bundle.realm, policy);
  // 3. Excludes another log, an edited tree head.
  const head = checkCheckpoint(steps, bundle.checkpoint, policy);
  // 4. Excludes a history shown to you alone.
  const seen = checkSeen(steps, head, policy, bundle.header, bundle.sighting);
  const context = { checkpoint: head.checkpoint, policy };
  // 5. Excludes a batch that was never published.
  const header = steps.run("header-log", () => {
    verifyLogged(bundle.header, head.checkpoint);
    return [decodeBatchHeader(bundle.header.entry), `batch header is log entry ${bundle.header.index}`];
  });
  // 6. Excludes an invented gateway.
  const gateway = steps.run("gateway-enrolment", () => {
    const enrolment = checkEnrolment(context, bundle.gatewayEnrolment, header.kid, "gateway", bundle.header.index);
    return [enrolment, `gateway ${enrolment.claims.subject}, enrolled as log entry ${bundle.gatewayEnrolment.index}`];
  });
  // 7. Excludes a batch nobody vouches for.
  steps.run("gateway-signature", () => {
    const verified = verifyBatchHeader(header, policy.realm, gateway.key);
    return [verified, `batch signed by ${gateway.claims.subject}`];
  });
  // 8. Excludes a record slipped in later.
  const record = steps.run("record-batch", () => {
    verifyInclusion(leafHash(bundle.record), bundle.batchIndex, header.size, bundle.batchPath, header.root);
    return [decodeRecord(bundle.record), `record ${bundle.batchIndex + 1n} of ${header.size} in the batch`];
  });
  // 9. Excludes an invented device.
  const device = steps.run("device-enrolment", () => {
    const enrolment = checkEnrolment(context, bundle.deviceEnrolment, record.kid, "device", bundle.header.index);
    return [enrolment, `device ${enrolment.claims.subject}, enrolled as log entry ${bundle.deviceEnrolment.index}`];
  });
  // 10. Excludes an altered reading.
  steps.run("device-signature", () => {
    const verified = verifyRecord(record, policy.realm, device.key);
    return [verified, `reading ${verified.sequence.seq} signed by ${device.claims.subject}`];
  });
  // 11. Excludes a key withdrawn before, judged by the log's order, as far as the list is recent.
  const standing = checkRevocation(steps, context, bundle, { record, header, device, gateway });
  // 12. Excludes a reading made before the beacon's checkpoint was witnessed.
  const beacon = checkBeacon(steps, bundle, record, policy);
  // 13. Excludes evidence that does not hold for a tree with this batch.
  const anchored = checkAnchors(steps, context, bundle.anchors, bundle.header, checks);
  const notBefore = beacon === undefined ? undefined : signedAfter(beacon.cosignatures, policy.quorum);
  const notAfter = seenBy(seen.cosignatures, policy.quorum);
  const signers = { record, header, device, gateway };
  return { steps: steps.reports, bundle, ...signers, head, seen, beacon, standing, notBefore, notAfter, anchored };
}

type Signers = Pick<VerifiedProof, "record" | "header" | "device" | "gateway">;

function checkRevocation(steps: Steps, context: Context, bundle: ProofBundle, signers: Signers): VerifiedProof["standing"] {
  const { statusList, deviceRevocation, gatewayRevocation } = bundle;
  if (statusList === undefined) return noStatusList(steps, deviceRevocation, gatewayRevocation);
  const { record, header, device, gateway } = signers;
  const { index } = bundle.header;
  return steps.run("revocation", () => {
    const status = checkStatusList(context, statusList, index);
    const found = {
      device: checkStanding(context, device, status, deviceRevocation, { index, seq: record.sequence.seq }),
      gateway: checkStanding(context, gateway, status, gatewayRevocation, { index, seq: header.sequence.seq }),
    };
    return [found, `${standingSays(found.device)}; ${standingSays(found.gateway)}`];
  });
}

function checkBeacon(steps: Steps, bundle: ProofBundle, record: Record, policy: Policy): TrustedCheckpoint | undefined {
  const { beacon } = bundle;
  const told = record.sequence.beacon;
  if (beacon === undefined) {
    return steps.notChecked("beacon", told === null ? "the record names no beacon" : "the proof carries no beacon checkpoint");
  }
  const trusted = steps.named("beacon", () => {
    const found = trustedBeacon(beacon, told, policy);
    if (found.checkpoint.size > bundle.header.index) throw new WireError("wrong-order", "beacon checkpoint is younger than the batch");
    return found;
  });
  // Without witnesses it is the log's own word, which is no lower bound: it could have made this checkpoint beforehand.
  checkWitnesses(steps, "beacon", trusted, policy);
  return trusted;
}
