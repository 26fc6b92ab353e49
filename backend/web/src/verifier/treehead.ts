/** A checkpoint that the policy vouches for: log signature, witnesses' cosignatures, quorum, beacon (SPEC.md §5, §7). */

import { equalBytes } from "./bytes.ts";
import { WireError } from "./errors.ts";
import {
  type Checkpoint,
  type SignatureLine,
  type VerifierKey,
  beaconOf,
  isBy,
  parseCheckpoint,
  parseNote,
  verifyCosignature,
  verifyNote,
} from "./note.ts";
import { type Policy, type TrustedVerifier, validAt } from "./policy.ts";

export interface Cosignature {
  readonly name: string;
  /** Unix seconds. */
  readonly time: bigint;
  readonly line: SignatureLine;
}

export interface TrustedCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly cosignatures: readonly Cosignature[];
  /** Signed text. */
  readonly text: string;
}

/** The keys of `list` that are trusted for a tree of `size` entries. */
function keysAt(list: readonly TrustedVerifier[], size: bigint): readonly VerifierKey[] {
  const at = size === 0n ? 0n : size - 1n;
  return list.filter((trusted) => validAt(trusted, at)).map(({ key }) => key);
}

/** The checkpoint in a signed note: signed by its log, every other line a cosignature of a witness of `policy` that verifies. */
export function verifyCheckpoint(bytes: Uint8Array | string, policy: Policy): TrustedCheckpoint {
  // 1. Note and body are well-formed.
  const note = parseNote(bytes);
  const checkpoint = parseCheckpoint(note.text);
  // 2. Signed by the log of that origin, if the policy trusts it at this size: no other log, no edited head.
  const log = keysAt(policy.logs, checkpoint.size).find(({ name }) => name === checkpoint.origin);
  if (log === undefined) throw new WireError("untrusted", `log ${checkpoint.origin}`);
  verifyNote(note, log);
  // 3. Every other line is a known witness's and verifies: nothing unverified travels along.
  const witnesses = keysAt(policy.witnesses, checkpoint.size);
  const cosignatures = note.lines
    .filter((line) => !isBy(line, log))
    .map((line) => {
      const witness = witnesses.find((key) => isBy(line, key));
      if (witness === undefined) throw new WireError("untrusted", `line of ${line.name}, whom the policy does not trust here`);
      return { name: witness.name, time: verifyCosignature(note.text, line, witness), line };
    });
  // 4. No witness counts twice.
  if (new Set(cosignatures.map(({ name }) => name)).size !== cosignatures.length) {
    throw new WireError("not-deterministic", "a witness signed twice");
  }
  return { checkpoint, cosignatures, text: note.text };
}

/** Returns if the policy's quorum of witnesses cosigned. Each witness counts once: a note names no key twice. */
export function checkQuorum(cosignatures: readonly Cosignature[], policy: Policy): void {
  if (BigInt(cosignatures.length) < policy.quorum) {
    throw new WireError("quorum-missed", `${cosignatures.length} of ${policy.quorum} witnesses`);
  }
}

/** The checkpoint that a device was told of, if it hashes to the `beacon` in its record; the quorum is not judged. */
export function trustedBeacon(bytes: Uint8Array | string, beacon: Uint8Array | null, policy: Policy): TrustedCheckpoint {
  const trusted = verifyCheckpoint(bytes, policy);
  const lines = trusted.cosignatures.map(({ line }) => line);
  if (beacon === null || !equalBytes(beaconOf(trusted.text, lines), beacon)) {
    throw new WireError("wrong-beacon", "the beacon checkpoint is not the record's");
  }
  return trusted;
}
