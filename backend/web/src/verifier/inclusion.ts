/**
 * Verifying that an entry is in the log, from forms that do not carry who signed it: tlog-proof text (SPEC.md §7.4) and
 * transparent statements (§5.6). Both name the entry's place, under which the log has the bundle that shows the rest.
 */

import { equalBytes } from "./bytes.ts";
import { type Entry, decodeEntry } from "./entry.ts";
import { type StepReport, WireError } from "./errors.ts";
import { kidOf } from "./keys.ts";
import { verifyLogged } from "./logged.ts";
import { type Policy, validAt } from "./policy.ts";
import { type Receipt, decodeReceipt, decodeTransparent, verifyReceipt } from "./receipt.ts";
import { Steps, checkRealm, checkWitnesses } from "./steps.ts";
import { parseTlogProof } from "./tlogproof.ts";
import { type TrustedCheckpoint, seenBy, verifyCheckpoint } from "./treehead.ts";

/** What such a form says if it holds. */
export interface VerifiedInclusion {
  readonly steps: readonly StepReport[];
  /** The entry's exact bytes. */
  readonly bytes: Uint8Array;
  readonly entry: Entry;
  readonly index: bigint;
  /** Undefined for a receipt, which the log signed without witnesses. */
  readonly head: TrustedCheckpoint | undefined;
  /** Unix seconds by which the policy's quorum of witnesses saw it. */
  readonly notAfter: bigint | undefined;
}

/** What the tlog-proof `bytes` say under the verified `policy`. Throws ProofError. */
export function verifyTlogProof(bytes: Uint8Array, policy: Policy): VerifiedInclusion {
  const steps = new Steps();
  // 1. Excludes anything that is not a tlog-proof, and one without the entry that it is about.
  const [proof, entryBytes] = steps.run("format", () => {
    const parsed = parseTlogProof(bytes);
    if (parsed.extra === undefined) throw new WireError("missing-key", "the text does not carry the entry as extra data");
    return [[parsed, parsed.extra] as const, `a tlog-proof of ${bytes.length} bytes`];
  });
  // 2. Excludes another log and an edited tree head. Other people's tools may have added lines that this policy does not know.
  const head = steps.run("checkpoint", () => {
    const trusted = verifyCheckpoint(proof.checkpoint, policy, true);
    return [trusted, `log ${trusted.checkpoint.origin} signed its head of ${trusted.checkpoint.size} entries`];
  });
  // 3. Excludes a history that only you were shown.
  checkWitnesses(steps, "witnesses", head, policy);
  // 4. Excludes an entry that was never published, and one that is of no kind.
  const entry = steps.run("entry-log", () => {
    verifyLogged({ entry: entryBytes, index: proof.index, path: proof.path }, head.checkpoint);
    const decoded = decodeEntry(entryBytes);
    return [decoded, `${decoded.kind} is log entry ${proof.index}`];
  });
  // 5. Who signed it is not said.
  steps.notChecked("issuer", "a tlog-proof does not carry who signed the entry");
  return { steps: steps.reports, bytes: entryBytes, entry, index: proof.index, head, notAfter: seenBy(head.cosignatures, policy.quorum) };
}

/** The receipt, if a log that the policy trusts at its size signed it; undefined if it is another log's. */
function checkReceipt(receipt: Receipt, statement: Uint8Array, subject: string, policy: Policy): Receipt | undefined {
  const log = policy.logs.find(
    (trusted) =>
      trusted.key.name === receipt.issuer && validAt(trusted, receipt.size - 1n) && equalBytes(kidOf(trusted.key.key), receipt.kid),
  );
  if (log === undefined) return undefined;
  verifyReceipt(receipt, statement, log.key.key);
  if (receipt.subject !== subject) throw new WireError("untrusted", `the receipt is about ${receipt.subject}`);
  return receipt;
}

/** What the transparent statement `bytes` says under the verified `policy`. Throws ProofError. */
export function verifyTransparent(bytes: Uint8Array, policy: Policy): VerifiedInclusion {
  const steps = new Steps();
  // 1. Excludes anything that is not a signed statement of a known kind with receipts.
  const { statement, receipts, entry, claims } = steps.run("format", () => {
    const parts = decodeTransparent(bytes);
    const decoded = decodeEntry(parts.statement);
    if (decoded.kind === "policy" || decoded.kind === "batch") throw new WireError("wrong-kind", `a ${decoded.kind} is no statement`);
    const found = { ...parts, receipts: parts.receipts.map(decodeReceipt), entry: decoded, claims: decoded.content.claims };
    return [found, `a ${decoded.kind} with ${found.receipts.length} receipts`];
  });
  // 2. Excludes a statement of another city.
  checkRealm(steps, claims.audience, policy);
  // 3. Excludes an entry that was never published. Other logs' receipts say nothing here; a known log's have to hold.
  const receipt = steps.run("receipt", () => {
    const checked = receipts.map((item) => checkReceipt(item, statement, claims.subject, policy));
    const held = checked.find((item) => item !== undefined);
    if (held === undefined) throw new WireError("untrusted", "no receipt by a log of the policy");
    return [held, `log ${held.issuer} signed that it is entry ${held.index}`];
  });
  // 4. The log signs receipts alone.
  steps.notChecked("witnesses", "a receipt carries no cosignatures of witnesses");
  // 5. Who signed it is not said.
  steps.notChecked("issuer", "a transparent statement does not carry the enrolment of who signed it");
  return { steps: steps.reports, bytes: statement, entry, index: receipt.index, head: undefined, notAfter: undefined };
}
