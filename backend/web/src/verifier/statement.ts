/** Possession, enrolment and revocation (SPEC.md §3.3, §3.4). */

import { type CborValue, type Decimal, decode } from "./cbor.ts";
import { type Statement, decodeStatement, verifyStatement } from "./claims.ts";
import { ALG, KID, type Sign1, aad, decodeSign1, verifySign1 } from "./cose.ts";
import { WireError } from "./errors.ts";
import {
  MAX_UINT32,
  asBoundedBytes,
  asBoundedText,
  asFixedBytes,
  asInteger,
  asMap,
  asNumber,
  asText,
  asUint,
  checkKeys,
  optional,
} from "./fields.ts";
import { THUMBPRINT_BYTES, kidOf, publicKeyOf } from "./keys.ts";
import { checkSubject } from "./names.ts";

/** Three numbers, a subject and a nonce. */
const MAX_POSSESSION_BYTES = 512;
const MAX_URI = 128;
export const TYP_ENROLMENT = "application/civicroot-enrolment+cwt";
export const TYP_REVOCATION = "application/civicroot-revocation+cwt";
const MAX_LABEL = 96;
const MAX_HWMODEL = 32;
const MAX_ROLE = 32;
/** Roles that an enrolment gives (SPEC.md §3). */
const ROLES: readonly string[] = ["device", "gateway", "backend", "operator", "release", "organisation", "wallet"];

/** Reasons of a revocation, by their number. */
export const REVOCATION_REASONS = ["retired", "rotated", "compromised", "lost"] as const;

export interface Possession {
  readonly message: Sign1;
  readonly subject: string;
  readonly role: string;
  readonly nonce: Uint8Array;
}

/** A possession message, strictly decoded; nothing is verified yet. */
export function decodePossession(bytes: Uint8Array): Possession {
  const message = decodeSign1(bytes, MAX_POSSESSION_BYTES, [ALG, KID]);
  const payload = asMap(decode(message.payload, MAX_POSSESSION_BYTES), "possession");
  checkKeys(payload, "possession", [2n, 10n, -65537n]);
  return {
    message,
    subject: checkSubject(asText(payload.get(2n), "sub")),
    role: asBoundedText(payload.get(-65537n), "role", 1, MAX_ROLE),
    nonce: asBoundedBytes(payload.get(10n), "nonce", 8, 32),
  };
}

/** The possession, if `key` signed it in `realm`. */
export function verifyPossession(possession: Possession, realm: string, key: Uint8Array): Possession {
  verifySign1(possession.message, key, aad("possession", realm));
  return possession;
}

export interface StatusReference {
  readonly index: bigint;
  readonly uri: string;
}

export interface Enrolment extends Statement {
  /** The enrolled public key, 32 bytes. */
  readonly key: Uint8Array;
  readonly role: string;
  readonly possession: Uint8Array;
  readonly issuedAt: bigint | undefined;
  readonly hardwareModel: Uint8Array | undefined;
  readonly location: { readonly latitude: bigint | Decimal; readonly longitude: bigint | Decimal } | undefined;
  readonly status: StatusReference | undefined;
  readonly label: string | undefined;
  readonly simulated: boolean;
}

function decodeRole(value: CborValue | undefined): string {
  const role = asBoundedText(value, "role", 1, MAX_ROLE);
  if (!ROLES.includes(role)) throw new WireError("out-of-range", `no such role: ${role}`);
  return role;
}

function decodeConfirmation(value: CborValue | undefined): Uint8Array {
  const confirmation = asMap(value, "cnf");
  checkKeys(confirmation, "cnf", [1n]);
  return publicKeyOf(confirmation.get(1n));
}

function decodeLocation(value: CborValue): NonNullable<Enrolment["location"]> {
  const location = asMap(value, "location");
  checkKeys(location, "location", [1n, 2n]);
  return { latitude: asNumber(location.get(1n), "latitude"), longitude: asNumber(location.get(2n), "longitude") };
}

function decodeStatus(value: CborValue): StatusReference {
  const status = asMap(value, "status");
  checkKeys(status, "status", ["status_list"]);
  const list = asMap(status.get("status_list"), "status_list");
  checkKeys(list, "status_list", ["idx", "uri"]);
  return { index: asUint(list.get("idx"), "idx", MAX_UINT32), uri: asBoundedText(list.get("uri"), "uri", 1, MAX_URI) };
}

function decodeSimulated(value: CborValue): boolean {
  if (value !== true) throw new WireError("out-of-range", "simulated is true or absent");
  return true;
}

/** An enrolment, strictly decoded; neither the registrar's signature nor the possession is verified yet. */
export function decodeEnrolment(bytes: Uint8Array): Enrolment {
  const { payload, ...statement } = decodeStatement(bytes, TYP_ENROLMENT);
  checkKeys(payload, "enrolment", [8n, -65537n, -65538n], [6n, 259n, 264n, 65535n, -65542n, -65543n]);
  checkSubject(statement.claims.subject);
  return {
    ...statement,
    key: decodeConfirmation(payload.get(8n)),
    role: decodeRole(payload.get(-65537n)),
    possession: asBoundedBytes(payload.get(-65538n), "possession", 1, MAX_POSSESSION_BYTES),
    issuedAt: optional(payload, 6n, (value) => asUint(value, "iat")),
    hardwareModel: optional(payload, 259n, (value) => asBoundedBytes(value, "hwmodel", 1, MAX_HWMODEL)),
    location: optional(payload, 264n, decodeLocation),
    status: optional(payload, 65535n, decodeStatus),
    label: optional(payload, -65542n, (value) => asBoundedText(value, "label", 1, MAX_LABEL)),
    simulated: optional(payload, -65543n, decodeSimulated) ?? false,
  };
}

/** The enrolment, if `registrar` signed it for `realm` and the enrolled key asked for this subject and role. */
export function verifyEnrolment(enrolment: Enrolment, realm: string, registrar: Uint8Array): Enrolment {
  verifyStatement(enrolment, realm, registrar);
  const possession = verifyPossession(decodePossession(enrolment.possession), realm, enrolment.key);
  if (possession.subject !== enrolment.claims.subject || possession.role !== enrolment.role) {
    throw new WireError("wrong-role", `possession asks for ${possession.subject} as ${possession.role}`);
  }
  return enrolment;
}

/** 8-byte kid of the enrolled key. */
export function enrolledKid(enrolment: Enrolment): Uint8Array {
  return kidOf(enrolment.key);
}

export interface Revocation extends Statement {
  /** Thumbprint of the withdrawn key. */
  readonly thumbprint: Uint8Array;
  readonly reason: (typeof REVOCATION_REASONS)[number];
  readonly issuedAt: bigint | undefined;
  readonly lastSeq: bigint | undefined;
  readonly successor: Uint8Array | undefined;
}

/** A revocation, strictly decoded; nothing is verified yet. A rotation names successor and last seq. */
export function decodeRevocation(bytes: Uint8Array): Revocation {
  const { payload, ...statement } = decodeStatement(bytes, TYP_REVOCATION);
  checkSubject(statement.claims.subject);
  checkKeys(payload, "revocation", [8n, -65540n], [6n, -65539n, -65541n]);
  const confirmation = asMap(payload.get(8n), "cnf");
  checkKeys(confirmation, "cnf", [5n]);
  const number = asInteger(payload.get(-65540n), "reason", 0n, BigInt(REVOCATION_REASONS.length - 1));
  const reason = REVOCATION_REASONS[Number(number)] as Revocation["reason"];
  if (reason === "rotated") checkKeys(payload, "rotation", [8n, -65540n, -65539n, -65541n], [6n]);
  return {
    ...statement,
    thumbprint: asFixedBytes(confirmation.get(5n), "thumbprint", THUMBPRINT_BYTES),
    reason,
    issuedAt: optional(payload, 6n, (value) => asUint(value, "iat")),
    lastSeq: optional(payload, -65539n, (value) => asUint(value, "last seq", MAX_UINT32)),
    successor: optional(payload, -65541n, (value) => asFixedBytes(value, "successor", THUMBPRINT_BYTES)),
  };
}

/**
 * Whether the revocation logged at index `at` withdraws what its key signed in log entry `entry` (SPEC.md §3.4).
 *
 * `seq` is the number of the record or batch header; undefined for a statement, which has none.
 */
export function covers(revocation: Revocation, at: bigint, entry: bigint, seq: bigint | undefined): boolean {
  // 1. What was logged before stays valid: only the log's order counts, no clock.
  if (entry < at) return false;
  // 2. A key that was rotated in good order may still deliver what it had signed by then.
  if (revocation.reason === "rotated" && revocation.lastSeq !== undefined && seq !== undefined) return seq > revocation.lastSeq;
  return true;
}
