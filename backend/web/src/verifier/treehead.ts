/** A checkpoint that the policy vouches for: log signature, witnesses' cosignatures, quorum, beacon (SPEC.md §5, §7). */

import { equalBytes, toHex } from "./bytes.ts";
import { WireError } from "./errors.ts";
import {
  type Checkpoint,
  type Note,
  type SignatureLine,
  beaconOf,
  isBy,
  parseCheckpoint,
  parseNote,
  verifyCosignature,
  verifyNoteSignature,
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

/** The key of `list` that `line` names, if it is trusted for a tree of `size` entries. */
function keyOf(line: SignatureLine, list: readonly TrustedVerifier[], size: bigint): TrustedVerifier | undefined {
  const at = size === 0n ? 0n : size - 1n;
  return list.find((trusted) => isBy(line, trusted.key) && validAt(trusted, at));
}

function checkDistinct(note: Note): void {
  const names = note.lines.map(({ name, keyId }) => `${name} ${toHex(keyId)}`);
  if (new Set(names).size !== names.length) throw new WireError("not-deterministic", "a key signed the note twice");
}

/** The checkpoint in a signed note: signed by its log, every line by a key of `policy`, every line verifying. */
export function verifyCheckpoint(bytes: Uint8Array | string, policy: Policy): TrustedCheckpoint {
  const note = parseNote(bytes);
  checkDistinct(note);
  const checkpoint = parseCheckpoint(note.text);
  const cosignatures: Cosignature[] = [];
  let logged = false;
  for (const line of note.lines) {
    const log = keyOf(line, policy.logs, checkpoint.size);
    const witness = keyOf(line, policy.witnesses, checkpoint.size);
    if (log !== undefined && log.key.name === checkpoint.origin) {
      verifyNoteSignature(note.text, line, log.key);
      logged = true;
    } else if (witness !== undefined) {
      cosignatures.push({ name: witness.key.name, time: verifyCosignature(note.text, line, witness.key), line });
    } else {
      throw new WireError("untrusted", `line of ${line.name}, whom the policy does not trust here`);
    }
  }
  if (!logged) throw new WireError("untrusted", `not signed by the log ${checkpoint.origin}`);
  return { checkpoint, cosignatures, text: note.text };
}

/** Returns if the policy's quorum of witnesses cosigned. Each witness counts once: a note names no key twice. */
export function checkQuorum(cosignatures: readonly Cosignature[], policy: Policy): void {
  if (BigInt(cosignatures.length) < policy.quorum) {
    throw new WireError("quorum-missed", `${cosignatures.length} of ${policy.quorum} witnesses`);
  }
}

/** The checkpoint that a device was told of, if it hashes to the `beacon` in its record. */
export function trustedBeacon(bytes: Uint8Array | string, beacon: Uint8Array | null, policy: Policy): TrustedCheckpoint {
  const trusted = verifyCheckpoint(bytes, policy);
  const lines = trusted.cosignatures.map(({ line }) => line);
  if (beacon === null || !equalBytes(beaconOf(trusted.text, lines), beacon)) {
    throw new WireError("wrong-beacon", "the beacon checkpoint is not the record's");
  }
  checkQuorum(trusted.cosignatures, policy);
  return trusted;
}
