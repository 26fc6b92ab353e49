/** Verifying an entry's bundle against a trust policy, offline, in the nine steps of SPEC.md §7.3. */

import type { AnchorChecks, AnchorFinding } from "./anchors.ts";
import { verifyBatchHeader } from "./batch.ts";
import { verifyStatement } from "./claims.ts";
import { type Entry, type EntryKind, decodeEntry } from "./entry.ts";
import { type EntryBundle, decodeEntryProof } from "./entryproof.ts";
import { type StepReport, WireError } from "./errors.ts";
import { verifyLogged } from "./logged.ts";
import { type Policy, verifyPolicy } from "./policy.ts";
import { type Enrolment, verifyEnrolment } from "./statement.ts";
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
  noStatusList,
  registrarOf,
  standingSays,
} from "./steps.ts";
import { type TrustedCheckpoint, seenBy } from "./treehead.ts";

/** Role whose keys sign a kind; registrars and roots sign the others. */
const ROLES: Partial<Readonly<globalThis.Record<EntryKind, string>>> = {
  batch: "gateway",
  configuration: "operator",
  release: "release",
  pruning: "backend",
  statement: "organisation",
};

/** What an entry proof that verifies says. */
export interface VerifiedEntry {
  readonly steps: readonly StepReport[];
  readonly bundle: EntryBundle;
  readonly entry: Entry;
  /** What it is about; undefined for a policy or a batch. */
  readonly subject: string | undefined;
  /** Who signed it: a subject, a registrar's name, or "roots". */
  readonly issuer: string;
  /** The signer's; undefined for a registrar or the roots. */
  readonly enrolment: Enrolment | undefined;
  readonly head: TrustedCheckpoint;
  /** The tree whose cosignatures `notAfter` rests on: an earlier one, if the bundle has a sighting, or `head`. */
  readonly seen: TrustedCheckpoint;
  /** Of the signer, or of the key that an enrolment enrols; undefined if the bundle has no status list. */
  readonly standing: Standing | undefined;
  /** Unix seconds by which the policy's quorum of witnesses saw it. */
  readonly notAfter: bigint | undefined;
  /** What each external anchor shows. */
  readonly anchored: readonly AnchorFinding[];
}

interface Issuer {
  readonly name: string;
  /** Undefined for the roots, whose keys are the policy's. */
  readonly key: Uint8Array | undefined;
  readonly enrolment: Enrolment | undefined;
}

/** The subject that a statement names. */
function subjectOf(entry: Entry): string | undefined {
  return entry.kind === "policy" || entry.kind === "batch" ? undefined : entry.content.claims.subject;
}

/** The signer, who may sign this kind at this place in the log. */
function findIssuer(context: Context, bundle: EntryBundle, entry: Entry): readonly [Issuer, string] {
  const role = ROLES[entry.kind];
  if (role !== undefined && entry.kind !== "policy") {
    if (bundle.issuer === undefined) throw new WireError("missing-key", "the enrolment of the key that signed");
    const enrolment = checkEnrolment(context, bundle.issuer, entry.content.kid, role, bundle.entry.index);
    const { subject } = enrolment.claims;
    if (entry.kind === "statement" && entry.content.claims.issuer !== subject) {
      throw new WireError("untrusted", `${subject} signed as ${entry.content.claims.issuer}`);
    }
    return [{ name: subject, key: enrolment.key, enrolment }, `${subject}, enrolled as log entry ${bundle.issuer.index}`];
  }
  // Of what registrars sign, only an enrolment names a key that can be withdrawn.
  if (bundle.issuer !== undefined || (bundle.revocation !== undefined && entry.kind !== "enrolment")) {
    throw new WireError("unknown-key", "an enrolment or revocation that nothing here needs");
  }
  if (entry.kind === "policy" || entry.kind === "batch") {
    return [{ name: "roots", key: undefined, enrolment: undefined }, "the roots sign policies"];
  }
  const registrar = registrarOf(entry.content, bundle.entry.index, context.policy);
  return [
    { name: registrar.name, key: registrar.key, enrolment: undefined },
    `registrar ${registrar.name} is trusted at index ${bundle.entry.index}`,
  ];
}

function verifyBy(entry: Entry, policy: Policy, key: Uint8Array | undefined): void {
  if (entry.kind === "policy") {
    const { realm } = entry.content.policy;
    if (realm !== policy.realm) throw new WireError("wrong-realm", `policy is of ${realm}`);
    verifyPolicy(entry.content, policy);
    return;
  }
  if (key === undefined) throw new WireError("untrusted", "nobody to have signed it");
  if (entry.kind === "batch") verifyBatchHeader(entry.content, policy.realm, key);
  else if (entry.kind === "enrolment") verifyEnrolment(entry.content, policy.realm, key);
  else verifyStatement(entry.content, policy.realm, key);
}

function checkRevocation(steps: Steps, context: Context, bundle: EntryBundle, entry: Entry, issuer: Issuer): Standing | undefined {
  const { statusList, revocation } = bundle;
  if (statusList === undefined) return noStatusList(steps, revocation);
  return steps.run("revocation", () => {
    const who = entry.kind === "enrolment" ? entry.content : issuer.enrolment;
    if (who === undefined) throw new WireError("unknown-key", "a status list that nothing here needs");
    const seq = entry.kind === "batch" ? entry.content.sequence.seq : undefined;
    const status = checkStatusList(context, statusList, bundle.entry.index);
    const found = checkStanding(context, who, status, revocation, { index: bundle.entry.index, seq });
    return [found, standingSays(found)];
  });
}

/**
 * What the entry proof `bytes` says under the verified `policy`; `checks` verify the evidence of external anchors.
 *
 * Throws ProofError with the failed step, the reason of SPEC.md §9, and the reports of the steps before it.
 */
export function verifyEntryProof(bytes: Uint8Array, policy: Policy, checks: AnchorChecks = {}): VerifiedEntry {
  const steps = new Steps();
  // 1. Excludes anything that is not a proof, and bytes that no step would look at.
  const bundle = steps.run("format", () => [decodeEntryProof(bytes), `an entry's proof bundle of ${bytes.length} bytes`]);
  // 2. Excludes a proof of another city.
  checkRealm(steps, bundle.realm, policy);
  // 3. Excludes another log, an edited tree head.
  const head = checkCheckpoint(steps, bundle.checkpoint, policy);
  // 4. Excludes a history shown to you alone.
  const seen = checkSeen(steps, head, policy, bundle.entry, bundle.sighting);
  const context = { checkpoint: head.checkpoint, policy };
  // 5. Excludes an entry that was never published, and one that is of no kind.
  const entry = steps.run("entry-log", () => {
    verifyLogged(bundle.entry, head.checkpoint);
    const decoded = decodeEntry(bundle.entry.entry);
    return [decoded, `${decoded.kind} is log entry ${bundle.entry.index}`];
  });
  // 6. Excludes a signer who may not sign this kind at this place in the log.
  const issuer = steps.run("issuer", () => findIssuer(context, bundle, entry));
  // 7. Excludes an altered entry.
  steps.run("signature", () => [verifyBy(entry, policy, issuer.key), `signed by ${issuer.name}`]);
  // 8. Excludes a signer, or an enrolled key, that was withdrawn before.
  const standing = checkRevocation(steps, context, bundle, entry, issuer);
  // 9. Excludes evidence that does not hold for a tree with this entry.
  const anchored = checkAnchors(steps, context, bundle.anchors, bundle.entry, checks);
  return {
    steps: steps.reports,
    bundle,
    entry,
    subject: subjectOf(entry),
    issuer: issuer.name,
    enrolment: issuer.enrolment,
    head,
    seen,
    standing,
    notAfter: seenBy(seen.cosignatures, policy.quorum),
    anchored,
  };
}
