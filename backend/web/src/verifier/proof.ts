/** Proof bundle of a reading: its format (SPEC.md §7); verifier.ts checks it. */

import { type Anchored, decodeAnchors } from "./anchors.ts";
import { decode } from "./cbor.ts";
import { WireError } from "./errors.ts";
import { asArray, asBoundedBytes, asBoundedText, asMap, asText, asUint, checkKeys, optional } from "./fields.ts";
import { type Logged, decodePath } from "./logged.ts";
import { type Placed, decodePlaced, spreadHashes } from "./multiproof.ts";
import { checkRealm } from "./names.ts";
import { MAX_NOTE_BYTES, parseCheckpoint, parseNote } from "./note.ts";
import { MAX_RECORD_BYTES } from "./record.ts";
import { type Sighting, decodeSighting } from "./sighting.ts";

export const MAX_PROOF_BYTES = 64 * 1024;
export const PROOF_FORMAT = "civicroot/proof/v1";
const REQUIRED = [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 12n];
const OPTIONAL = [9n, 10n, 11n, 13n, 14n, 15n];
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
  /** Of a key that was withdrawn later. */
  readonly deviceRevocation: Logged | undefined;
  readonly gatewayRevocation: Logged | undefined;
  /** Trees with the batch header that somebody outside the city fixed in time. */
  readonly anchors: readonly Anchored[];
  /** A smaller tree with the batch header that the quorum of witnesses had seen. */
  readonly sighting: Sighting | undefined;
}

/** The parts of a proof file, strictly decoded; nothing is verified yet. Throws WireError. */
export function decodeProof(bytes: Uint8Array): ProofBundle {
  const map = asMap(decode(bytes, MAX_PROOF_BYTES), "proof");
  checkKeys(map, "proof", REQUIRED, OPTIONAL);
  if (map.get(1n) !== PROOF_FORMAT) throw new WireError("wrong-kind", `format is not ${PROOF_FORMAT}`);
  const placed = (label: bigint, what: string): Placed | undefined => optional(map, label, (value) => decodePlaced(value, what));
  const [batchIndex, batchPath] = asArray(map.get(4n), "place in the batch", 2);
  const header = decodePlaced(map.get(5n), "batch header");
  const deviceEnrolment = decodePlaced(map.get(7n), "device enrolment");
  const gatewayEnrolment = decodePlaced(map.get(8n), "gateway enrolment");
  const statusList = placed(9n, "status list");
  const deviceRevocation = placed(13n, "device revocation");
  const gatewayRevocation = placed(14n, "gateway revocation");
  const bundle = {
    realm: checkRealm(asText(map.get(2n), "realm")),
    record: asBoundedBytes(map.get(3n), "record", 1, MAX_RECORD_BYTES),
    batchIndex: asUint(batchIndex, "index in the batch", MAX_BATCH_INDEX),
    batchPath: decodePath(batchPath),
    header,
    checkpoint: asBoundedText(map.get(6n), "checkpoint", 1, MAX_NOTE_BYTES),
    deviceEnrolment,
    gatewayEnrolment,
    statusList,
    beacon: optional(map, 10n, (value) => asBoundedText(value, "beacon checkpoint", 1, MAX_NOTE_BYTES)),
    deviceRevocation,
    gatewayRevocation,
    anchors: optional(map, 11n, decodeAnchors) ?? [],
    sighting: optional(map, 15n, decodeSighting),
  };
  const entries = [header, deviceEnrolment, gatewayEnrolment, statusList, deviceRevocation, gatewayRevocation];
  const size = parseCheckpoint(parseNote(bundle.checkpoint).text).size;
  spreadHashes(map.get(12n), entries.filter((part) => part !== undefined), size);
  return bundle;
}
