/** Steps that the verifications of readings and of entries share (SPEC.md §7), and what runs them. */

import { type AnchorChecks, type AnchorFinding, type Anchored, verifyAnchors } from "./anchors.ts";
import { equalBytes } from "./bytes.ts";
import { type Statement, verifyStatement } from "./claims.ts";
import { ProofError, type StepId, type StepReport, WireError } from "./errors.ts";
import { thumbprint } from "./keys.ts";
import { type Logged, verifyLogged } from "./logged.ts";
import type { Checkpoint } from "./note.ts";
import { type Policy, type Registrar, validAt } from "./policy.ts";
import { type Enrolment, type Revocation, covers, decodeEnrolment, decodeRevocation, enrolledKid, verifyEnrolment } from "./statement.ts";
import { type Sighting, verifySighting } from "./sighting.ts";
import { decodeStatusList, isRevoked, statusBits } from "./statuslist.ts";
import { type Cosignature, type TrustedCheckpoint, checkQuorum, seenBy, verifyCheckpoint } from "./treehead.ts";

/** Runs steps, keeps their reports, and gives every refusal the name of its step. */
export class Steps {
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

/** What entries are checked against. */
export interface Context {
  readonly checkpoint: Checkpoint;
  readonly policy: Policy;
}

/** Excludes a proof of another city. */
export function checkRealm(steps: Steps, realm: string, policy: Policy): void {
  steps.run("realm", () => {
    if (realm !== policy.realm) throw new WireError("wrong-realm", `proof is of ${realm}`);
    return [undefined, policy.realm];
  });
}

/** Excludes another log and an edited tree head; strict: nothing unverified travels along. */
export function checkCheckpoint(steps: Steps, note: string, policy: Policy): TrustedCheckpoint {
  return steps.run("checkpoint", () => {
    const trusted = verifyCheckpoint(note, policy);
    return [trusted, `log ${trusted.checkpoint.origin} signed its head of ${trusted.checkpoint.size} entries`];
  });
}

function witnessed({ cosignatures, known }: TrustedCheckpoint): string {
  return `seen by ${cosignatures.length} of ${known} witnesses: ${cosignatures.map(({ name }: Cosignature) => name).join(", ")}`;
}

/** Excludes a history that only you were shown. Under a quorum of 0 nothing is checked: nobody else was there. */
export function checkWitnesses(steps: Steps, id: "witnesses" | "beacon", head: TrustedCheckpoint, policy: Policy): void {
  steps.named(id, () => checkQuorum(head.cosignatures, policy));
  if (policy.quorum === 0n) steps.notChecked(id, "the policy asks for no witnesses");
  else steps.run(id, () => [undefined, witnessed(head)]);
}

/** Of the bundle's `head` and the `first` tree that was seen with its entry: the one that was seen earlier. */
function earlier(head: TrustedCheckpoint, first: TrustedCheckpoint, { quorum }: Policy): TrustedCheckpoint {
  const [newest, time] = [head, first].map(({ cosignatures }) => seenBy(cosignatures, quorum));
  // Witnesses' clocks differ, so an earlier tree may have the later time; it says nothing then.
  return newest !== undefined && time !== undefined && time < newest ? first : head;
}

/** Excludes a history that only you were shown; the tree with the bundle's main `entry` whose cosignatures say since when it is public. */
export function checkSeen(
  steps: Steps,
  head: TrustedCheckpoint,
  policy: Policy,
  entry: Logged,
  sighting: Sighting | undefined,
): TrustedCheckpoint {
  const seen = steps.named("witnesses", () => {
    checkQuorum(head.cosignatures, policy);
    return sighting === undefined ? head : earlier(head, verifySighting(sighting, entry, head, policy), policy);
  });
  checkWitnesses(steps, "witnesses", head, policy);
  return seen;
}

/** The policy's registrar that signed a statement logged at `index`. */
export function registrarOf(statement: Statement, index: bigint, policy: Policy): Registrar {
  const registrar = policy.registrars.find(({ kid }) => equalBytes(kid, statement.kid));
  if (registrar === undefined) throw new WireError("untrusted", "not signed by a registrar of the policy");
  if (!validAt(registrar, index)) throw new WireError("untrusted", `registrar ${registrar.name} is not trusted at index ${index}`);
  return registrar;
}

/** The enrolment of the key `kid` in `role`, logged before index `before`. */
export function checkEnrolment(context: Context, logged: Logged, kid: Uint8Array, role: string, before: bigint): Enrolment {
  const { checkpoint, policy } = context;
  // a. In the same log: enrolled in public.
  verifyLogged(logged, checkpoint);
  const enrolment = decodeEnrolment(logged.entry);
  // b. By a registrar that the policy trusts at this index, for a key that asked for it.
  verifyEnrolment(enrolment, policy.realm, registrarOf(enrolment, logged.index, policy).key);
  // c. Of the key that signed, in the role that signs this kind.
  if (!equalBytes(enrolledKid(enrolment), kid)) throw new WireError("key-mismatch", "enrolment of another key");
  if (enrolment.role !== role) throw new WireError("wrong-role", `enrolled as ${enrolment.role}, not ${role}`);
  // d. Before what it signed.
  if (logged.index >= before) throw new WireError("wrong-order", "enrolled after what it signed");
  return enrolment;
}

/** A verified status list. */
export interface Status {
  readonly uri: string;
  readonly bits: Uint8Array;
  /** Its place in the log. */
  readonly index: bigint;
  /** Unix seconds at which the registrar says to have made it. */
  readonly issuedAt: bigint;
}

/** The status list that was logged at or after index `after`. */
export function checkStatusList({ checkpoint, policy }: Context, logged: Logged, after: bigint): Status {
  const list = decodeStatusList(verifyLogged(logged, checkpoint).entry);
  if (logged.index < after) throw new WireError("wrong-order", "status list is older than what it should cover");
  verifyStatement(list, policy.realm, registrarOf(list, logged.index, policy).key);
  return { uri: list.uri, bits: statusBits(list), index: logged.index, issuedAt: list.issuedAt };
}

/**
 * What is known of a key that signed: not withdrawn as of a place in the log, or withdrawn at a later place than what it signed, or
 * replaced at an earlier one by a rotation that still admits the number.
 */
export interface Standing {
  readonly subject: string;
  /** Index of the status list. */
  readonly asOf: bigint;
  /** Unix seconds at which the registrar says to have made that list. */
  readonly listedAt: bigint;
  /** Index of the revocation, and its reason; undefined while the key is valid. */
  readonly withdrawnAt: bigint | undefined;
  readonly reason: Revocation["reason"] | undefined;
  /** Whether what it signed was logged only after the revocation. */
  readonly underWay: boolean;
}

/** What the key signed whose standing is asked for. */
export interface Signed {
  /** Its place in the log; for a record, its batch header's. */
  readonly index: bigint;
  /** Number of a record or batch header. */
  readonly seq: bigint | undefined;
}

function checkWithdrawal({ checkpoint, policy }: Context, logged: Logged, who: Enrolment): Revocation {
  const revocation = decodeRevocation(verifyLogged(logged, checkpoint).entry);
  verifyStatement(revocation, policy.realm, registrarOf(revocation, logged.index, policy).key);
  if (!equalBytes(revocation.thumbprint, thumbprint(who.key))) throw new WireError("key-mismatch", "revocation of another key");
  return revocation;
}

/** Excludes a key that was withdrawn before it signed `signed`; `withdrawal` is its revocation, if the bundle has one. */
export function checkStanding(
  context: Context,
  who: Enrolment,
  status: Status,
  withdrawal: Logged | undefined,
  signed: Signed,
): Standing {
  const { subject } = who.claims;
  // a. The list is the one that covers this key.
  if (who.status?.uri !== status.uri) throw new WireError("untrusted", `${subject} is not in this status list`);
  // b. Not withdrawn: then nothing withdraws it.
  if (!isRevoked(status.bits, who.status.index)) {
    if (withdrawal !== undefined) throw new WireError("wrong-order", "the status list does not know of the revocation");
    return { subject, asOf: status.index, listedAt: status.issuedAt, withdrawnAt: undefined, reason: undefined, underWay: false };
  }
  // c. Withdrawn: when, says the revocation, logged before the list.
  if (withdrawal === undefined) throw new WireError("revoked", subject);
  const revocation = checkWithdrawal(context, withdrawal, who);
  if (withdrawal.index >= status.index) throw new WireError("wrong-order", "the revocation is younger than the status list");
  // d. By the log's order alone.
  if (covers(revocation, withdrawal.index, signed.index, signed.seq)) {
    throw new WireError("revoked", `${subject} by log entry ${withdrawal.index}`);
  }
  const underWay = withdrawal.index < signed.index;
  const { index: asOf, issuedAt: listedAt } = status;
  return { subject, asOf, listedAt, withdrawnAt: withdrawal.index, reason: revocation.reason, underWay };
}

/** The verifier's words for a standing. */
export function standingSays({ subject, asOf, withdrawnAt }: Standing): string {
  return withdrawnAt === undefined
    ? `${subject} not revoked as of log entry ${asOf}`
    : `${subject} withdrawn only by log entry ${withdrawnAt}`;
}

/** What is said without a status list; revocations without one are refused, since nothing would look at them. */
export function noStatusList(steps: Steps, ...withdrawals: readonly (Logged | undefined)[]): undefined {
  if (withdrawals.some((logged) => logged !== undefined)) {
    steps.named("revocation", () => {
      throw new WireError("missing-key", "a revocation comes with the status list that knows of it");
    });
  }
  return steps.notChecked("revocation", "the proof carries no status list");
}

/** Excludes evidence that does not hold for a tree with the bundle's main `entry`; checked if one anchor was. */
export function checkAnchors(
  steps: Steps,
  { checkpoint, policy }: Context,
  trees: readonly Anchored[],
  entry: Logged,
  checks: AnchorChecks,
): readonly AnchorFinding[] {
  const found = steps.named("anchors", () => verifyAnchors(trees, entry, checkpoint.origin, policy, checks));
  if (found.length === 0) steps.notChecked("anchors", "the proof carries no external anchors");
  else {
    const says = found.map((anchor) => anchor.says).join("; ");
    if (found.some(({ status }) => status === "checked")) steps.run("anchors", () => [undefined, says]);
    else steps.notChecked("anchors", says);
  }
  return found;
}
