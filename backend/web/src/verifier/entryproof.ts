/** Entry proof: the bundle of a log entry that is no reading; its format (SPEC.md §7.3). */

import { type Anchored, decodeAnchors } from "./anchors.ts";
import { decode } from "./cbor.ts";
import { WireError } from "./errors.ts";
import { asBoundedText, asMap, asText, checkKeys, optional } from "./fields.ts";
import type { Logged } from "./logged.ts";
import { type Placed, decodePlaced, spreadHashes } from "./multiproof.ts";
import { checkRealm } from "./names.ts";
import { MAX_NOTE_BYTES, parseCheckpoint, parseNote } from "./note.ts";
import { type Sighting, decodeSighting } from "./sighting.ts";

/** An entry of 64 KiB, a status list as big, and their paths. */
export const MAX_ENTRY_PROOF_BYTES = 128 * 1024;
export const ENTRY_PROOF_FORMAT = "civicroot/entry-proof/v1";
const REQUIRED = [1n, 2n, 5n, 6n, 12n];
const OPTIONAL = [7n, 9n, 11n, 13n, 15n];

/** An entry proof's parts, as bytes. */
export interface EntryBundle {
  readonly realm: string;
  readonly entry: Logged;
  /** Signed note. */
  readonly checkpoint: string;
  /** Enrolment of the signer; registrars and roots have none. */
  readonly issuer: Logged | undefined;
  readonly statusList: Logged | undefined;
  /** Of a signer, or enrolled key, that was withdrawn later. */
  readonly revocation: Logged | undefined;
  /** Trees with the entry that somebody outside the city fixed in time. */
  readonly anchors: readonly Anchored[];
  /** A smaller tree with the entry that the quorum of witnesses had seen. */
  readonly sighting: Sighting | undefined;
}

/** The parts of an entry proof, strictly decoded; nothing is verified yet. Throws WireError. */
export function decodeEntryProof(bytes: Uint8Array): EntryBundle {
  const map = asMap(decode(bytes, MAX_ENTRY_PROOF_BYTES), "entry proof");
  checkKeys(map, "entry proof", REQUIRED, OPTIONAL);
  if (map.get(1n) !== ENTRY_PROOF_FORMAT) throw new WireError("wrong-kind", `format is not ${ENTRY_PROOF_FORMAT}`);
  const placed = (label: bigint, what: string): Placed | undefined => optional(map, label, (value) => decodePlaced(value, what));
  const entry = decodePlaced(map.get(5n), "entry");
  const issuer = placed(7n, "issuer's enrolment");
  const statusList = placed(9n, "status list");
  const revocation = placed(13n, "revocation");
  const realm = checkRealm(asText(map.get(2n), "realm"));
  const checkpoint = asBoundedText(map.get(6n), "checkpoint", 1, MAX_NOTE_BYTES);
  const anchors = optional(map, 11n, decodeAnchors) ?? [];
  const sighting = optional(map, 15n, decodeSighting);
  const entries = [entry, issuer, statusList, revocation].filter((part) => part !== undefined);
  spreadHashes(map.get(12n), entries, parseCheckpoint(parseNote(checkpoint).text).size);
  return { realm, entry, checkpoint, issuer, statusList, revocation, anchors, sighting };
}
