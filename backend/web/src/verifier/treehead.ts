/** A checkpoint that the policy vouches for: log signature, witnesses' cosignatures, quorum, beacon (SPEC.md §5, §7). */

import { equalBytes } from "./bytes.ts";
import { WireError } from "./errors.ts";
import {
  type Checkpoint,
  type Note,
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
  /** How many witnesses the policy trusts for a tree of this size. */
  readonly known: number;
  /** Signed text. */
  readonly text: string;
}

/** The keys of `list` that are trusted for a tree of `size` entries. */
function keysAt(list: readonly TrustedVerifier[], size: bigint): readonly VerifierKey[] {
  const at = size === 0n ? 0n : size - 1n;
  return list.filter((trusted) => validAt(trusted, at)).map(({ key }) => key);
}

/**
 * The checkpoint in a signed note: signed by its log, the witnesses' lines verified; how many there are is not judged.
 *
 * Lines of keys that the policy does not know are refused, as in a bundle; or, if `lenient`, ignored, as signed-note asks. A
 * known witness's line that does not verify is always refused.
 */
export function verifyCheckpoint(bytes: Uint8Array | string, policy: Policy, lenient = false): TrustedCheckpoint {
  // 1. Note and body are well-formed.
  const note = parseNote(bytes);
  const checkpoint = parseCheckpoint(note.text);
  // 2. Signed by the log of that origin, if the policy trusts it at this size: no other log, no edited head.
  const log = keysAt(policy.logs, checkpoint.size).find(({ name }) => name === checkpoint.origin);
  if (log === undefined) throw new WireError("untrusted", `log ${checkpoint.origin}`);
  verifyNote(note, log);
  // 3. Every other line is a known witness's and verifies: nothing unverified travels along.
  const others = { text: note.text, lines: note.lines.filter((line) => !isBy(line, log)) };
  return { checkpoint, ...verifyCosignatures(others, checkpoint.size, policy, lenient), text: note.text };
}

/** The cosignatures that `lines` are, by witnesses whom the policy trusts for a tree of `size` entries; `lenient` as above. */
export function verifyCosignatures(
  { text, lines }: Note,
  size: bigint,
  policy: Policy,
  lenient = false,
): Pick<TrustedCheckpoint, "cosignatures" | "known"> {
  const witnesses = keysAt(policy.witnesses, size);
  // 1. Every line of a known witness verifies.
  const cosignatures = lines.flatMap((line) => {
    const witness = witnesses.find((key) => isBy(line, key));
    if (witness !== undefined) return [{ name: witness.name, time: verifyCosignature(text, line, witness), line }];
    if (lenient) return [];
    throw new WireError("untrusted", `line of ${line.name}, whom the policy does not trust here`);
  });
  // 2. No witness counts twice.
  if (new Set(cosignatures.map(({ name }) => name)).size !== cosignatures.length) {
    throw new WireError("not-deterministic", "a witness signed twice");
  }
  return { cosignatures, known: witnesses.length };
}

/** Returns if the policy's quorum of witnesses cosigned. Each witness counts once: a note names no key twice. */
export function checkQuorum(cosignatures: readonly Cosignature[], policy: Policy): void {
  if (BigInt(cosignatures.length) < policy.quorum) {
    throw new WireError("quorum-missed", `${cosignatures.length} of ${policy.quorum} witnesses`);
  }
}

function timesOf(cosignatures: readonly Cosignature[]): readonly bigint[] {
  return cosignatures.map(({ time }) => time).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/**
 * Unix seconds by which the tree was seen, if fewer than `quorum` witnesses lie; undefined if too few cosigned.
 *
 * Among any `quorum` witnesses one is honest, so the latest of the `quorum` earliest times is late enough.
 */
export function seenBy(cosignatures: readonly Cosignature[], quorum: bigint): bigint | undefined {
  return quorum > 0n ? timesOf(cosignatures)[Number(quorum) - 1] : undefined;
}

/**
 * Unix seconds before which the cosigned head did not exist as it is; undefined if too few cosigned.
 *
 * Nobody knew the cosignatures before the last witness signed, so before the earliest of their times.
 */
export function signedAfter(cosignatures: readonly Cosignature[], quorum: bigint): bigint | undefined {
  return quorum > 0n && BigInt(cosignatures.length) >= quorum ? timesOf(cosignatures)[0] : undefined;
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
