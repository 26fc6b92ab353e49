/**
 * Errors of the verifier.
 *
 *   Error
 *   ├── WireError    bytes are refused: one of the reasons of SPEC.md §9
 *   └── ProofError   a step of the verification of a proof failed (SPEC.md §7), with the reason
 */

/** The reasons of SPEC.md §9. */
export const REASONS = [
  "truncated",
  "trailing-bytes",
  "not-deterministic",
  "too-deep",
  "too-large",
  "forbidden-item",
  "bad-text",
  "wrong-type",
  "unknown-key",
  "missing-key",
  "out-of-range",
  "wrong-algorithm",
  "wrong-kind",
  "wrong-realm",
  "bad-length",
  "non-canonical-s",
  "weak-key",
  "weak-r",
  "bad-signature",
  "key-mismatch",
  "unknown-key-id",
  "wrong-role",
  "wrong-topic",
  "equivocation",
  "skipped-seq",
  "size-mismatch",
  "root-mismatch",
  "bad-time",
  "bad-path",
  "wrong-order",
  "untrusted",
  "quorum-missed",
  "revoked",
  "wrong-beacon",
  "bad-anchor",
  "too-little-work",
  "malformed",
] as const;

export type Reason = (typeof REASONS)[number];

/** The steps for a reading, in their order (SPEC.md §7.2). */
export const STEPS = [
  "format",
  "realm",
  "checkpoint",
  "witnesses",
  "header-log",
  "gateway-enrolment",
  "gateway-signature",
  "record-batch",
  "device-enrolment",
  "device-signature",
  "revocation",
  "beacon",
  "anchors",
] as const;

/** The steps for another entry of the log, in their order (SPEC.md §7.3). */
export const ENTRY_STEPS = [
  "format",
  "realm",
  "checkpoint",
  "witnesses",
  "entry-log",
  "issuer",
  "signature",
  "revocation",
  "anchors",
] as const;

/** The steps for a tlog-proof, which says nothing about who signed the entry (SPEC.md §7.4). */
export const TLOG_PROOF_STEPS = ["format", "checkpoint", "witnesses", "entry-log", "issuer"] as const;

/** The steps for a transparent statement, which says nothing about witnesses either (SPEC.md §5.6). */
export const TRANSPARENT_STEPS = ["format", "realm", "receipt", "witnesses", "issuer"] as const;

export type StepId =
  | (typeof STEPS)[number]
  | (typeof ENTRY_STEPS)[number]
  | (typeof TLOG_PROOF_STEPS)[number]
  | (typeof TRANSPARENT_STEPS)[number];

/** What a step of the verification found. */
export interface StepReport {
  readonly id: StepId;
  readonly status: "checked" | "not-checked";
  /** One English phrase. */
  readonly says: string;
}

/** Bytes or text that the wire format does not allow, or that do not verify. */
export class WireError extends Error {
  readonly reason: Reason;
  readonly detail: string;

  constructor(reason: Reason, detail: string) {
    super(`${reason}: ${detail}`);
    this.name = "WireError";
    this.reason = reason;
    this.detail = detail;
  }
}

/** A proof fails at a named step. */
export class ProofError extends Error {
  readonly step: StepId;
  readonly reason: Reason;
  readonly detail: string;
  /** Reports of the steps before the failed one. */
  readonly passed: readonly StepReport[];

  constructor(step: StepId, reason: Reason, detail: string, passed: readonly StepReport[]) {
    super(`${step}: ${reason}: ${detail}`);
    this.name = "ProofError";
    this.step = step;
    this.reason = reason;
    this.detail = detail;
    this.passed = passed;
  }
}
