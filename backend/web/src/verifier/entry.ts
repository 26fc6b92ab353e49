/** What a log entry is, from its bytes (SPEC.md §5.1). */

import { type BatchHeader, decodeBatchHeader } from "./batch.ts";
import { Tagged, decode } from "./cbor.ts";
import { MAX_ENTRY_BYTES } from "./claims.ts";
import { type Configuration, type Release, TYP_CONFIGURATION, TYP_RELEASE, decodeConfiguration, decodeRelease } from "./configuration.ts";
import { CWT_CLAIMS, SEQUENCE, TYP, parseSign1 } from "./cose.ts";
import { WireError } from "./errors.ts";
import { type OrganisationStatement, decodeOrganisationStatement } from "./organisation.ts";
import { type SignedPolicy, TAG_SIGN, decodeSignedPolicy } from "./policy.ts";
import { type Pruning, TYP_PRUNING, decodePruning } from "./pruning.ts";
import { type Enrolment, type Revocation, TYP_ENROLMENT, TYP_REVOCATION, decodeEnrolment, decodeRevocation } from "./statement.ts";
import { type StatusList, TYP_STATUS_LIST, decodeStatusList } from "./statuslist.ts";

/** A decoded entry of each kind. */
export type Entry =
  | { readonly kind: "policy"; readonly content: SignedPolicy }
  | { readonly kind: "batch"; readonly content: BatchHeader }
  | { readonly kind: "enrolment"; readonly content: Enrolment }
  | { readonly kind: "revocation"; readonly content: Revocation }
  | { readonly kind: "status-list"; readonly content: StatusList }
  | { readonly kind: "configuration"; readonly content: Configuration }
  | { readonly kind: "release"; readonly content: Release }
  | { readonly kind: "pruning"; readonly content: Pruning }
  | { readonly kind: "statement"; readonly content: OrganisationStatement };

export type EntryKind = Entry["kind"];

const BY_TYP: ReadonlyMap<unknown, EntryKind> = new Map([
  [TYP_ENROLMENT, "enrolment"],
  [TYP_REVOCATION, "revocation"],
  [TYP_STATUS_LIST, "status-list"],
  [TYP_CONFIGURATION, "configuration"],
  [TYP_RELEASE, "release"],
  [TYP_PRUNING, "pruning"],
]);

/** The kind that an entry claims to be; its own decoder says whether it is one. */
export function kindOf(bytes: Uint8Array): EntryKind {
  const tagged = decode(bytes, MAX_ENTRY_BYTES);
  if (tagged instanceof Tagged && tagged.tag === TAG_SIGN) return "policy";
  const { headers } = parseSign1(bytes, MAX_ENTRY_BYTES);
  if (headers.has(CWT_CLAIMS)) return BY_TYP.get(headers.get(TYP)) ?? "statement";
  if (headers.has(SEQUENCE)) return "batch";
  throw new WireError("wrong-kind", "not an entry of the log");
}

/** An entry, strictly decoded as one of its kind; nothing is verified yet. */
export function decodeEntry(bytes: Uint8Array): Entry {
  const kind = kindOf(bytes);
  switch (kind) {
    case "policy":
      return { kind, content: decodeSignedPolicy(bytes) };
    case "batch":
      return { kind, content: decodeBatchHeader(bytes) };
    case "enrolment":
      return { kind, content: decodeEnrolment(bytes) };
    case "revocation":
      return { kind, content: decodeRevocation(bytes) };
    case "status-list":
      return { kind, content: decodeStatusList(bytes) };
    case "configuration":
      return { kind, content: decodeConfiguration(bytes) };
    case "release":
      return { kind, content: decodeRelease(bytes) };
    case "pruning":
      return { kind, content: decodePruning(bytes) };
    case "statement":
      return { kind, content: decodeOrganisationStatement(bytes) };
  }
}
