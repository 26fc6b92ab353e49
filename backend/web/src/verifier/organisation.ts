/** Statement of an organisation: anything it puts on record, or only its hash (SPEC.md §3.7). */

import { fromUtf8 } from "./bytes.ts";
import type { CborMap, CborValue } from "./cbor.ts";
import { type Statement, decodeClaims } from "./claims.ts";
import { TYP_CONFIGURATION, TYP_RELEASE } from "./configuration.ts";
import { CONTENT_TYPE } from "./cose.ts";
import { WireError } from "./errors.ts";
import { asBoundedText, asUint, optional } from "./fields.ts";
import { HASH_BYTES } from "./merkle.ts";
import { TYP_PRUNING } from "./pruning.ts";
import { TYP_ENROLMENT, TYP_REVOCATION } from "./statement.ts";
import { TYP_STATUS_LIST } from "./statuslist.ts";

const MAX_PAYLOAD = 32 * 1024;
const PAYLOAD_HASH = 258n;
const PREIMAGE_TYPE = 259n;
const LOCATION = 260n;
const SHA_256 = -16n;
const MAX_CONTENT_TYPE = 128;
const MAX_CONTENT_FORMAT = 65_535n;
const MAX_LOCATION = 1024;
/** Also those that turn the direction of text: what is shown has to be what was signed. */
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const RESERVED: readonly string[] = [
  TYP_ENROLMENT,
  TYP_REVOCATION,
  TYP_STATUS_LIST,
  TYP_CONFIGURATION,
  TYP_RELEASE,
  TYP_PRUNING,
];

export interface OrganisationStatement extends Statement {
  readonly payload: Uint8Array;
  /** Whether the payload is the SHA-256 of what is stated. */
  readonly detached: boolean;
  /** Media type, or number of a CoAP content format, of the payload, or of what was hashed. */
  readonly contentType: string | undefined;
  /** Where the hashed document is said to lie. */
  readonly location: string | undefined;
}

function decodeContentType(value: CborValue): string {
  if (typeof value === "bigint") return String(asUint(value, "content type", MAX_CONTENT_FORMAT));
  return asBoundedText(value, "content type", 1, MAX_CONTENT_TYPE);
}

function decodeEnvelope(headers: CborMap, detached: boolean): Pick<OrganisationStatement, "contentType" | "location"> {
  const contentType = optional(headers, CONTENT_TYPE, decodeContentType);
  const preimageType = optional(headers, PREIMAGE_TYPE, decodeContentType);
  if (!detached) {
    if (headers.has(PREIMAGE_TYPE) || headers.has(LOCATION)) throw new WireError("missing-key", "a hash envelope names its hash");
    return { contentType, location: undefined };
  }
  if (headers.get(PAYLOAD_HASH) !== SHA_256) throw new WireError("wrong-algorithm", "payload hash is not SHA-256");
  if (headers.has(CONTENT_TYPE)) throw new WireError("unknown-key", "a hash envelope has no content type of its own");
  const location = optional(headers, LOCATION, (value) => asBoundedText(value, "payload location", 1, MAX_LOCATION));
  return { contentType: preimageType, location };
}

/** An organisation's statement, strictly decoded; nothing is verified yet. */
export function decodeOrganisationStatement(bytes: Uint8Array): OrganisationStatement {
  const statement = decodeClaims(bytes, [CONTENT_TYPE, PAYLOAD_HASH, PREIMAGE_TYPE, LOCATION]);
  if (RESERVED.includes(statement.typ)) throw new WireError("wrong-kind", `typ is reserved: ${statement.typ}`);
  const { headers, payload } = statement.message;
  const detached = headers.has(PAYLOAD_HASH);
  const envelope = decodeEnvelope(headers, detached);
  if (detached && payload.length !== HASH_BYTES) throw new WireError("bad-length", `hash of ${payload.length} bytes`);
  if (payload.length > MAX_PAYLOAD) throw new WireError("out-of-range", `payload of ${payload.length} bytes`);
  return { ...statement, ...envelope, payload, detached };
}

/** A payload as text; undefined if it is none that people read: not UTF-8, or with control characters. */
export function payloadText(payload: Uint8Array): string | undefined {
  try {
    const text = fromUtf8(payload);
    return CONTROL.test(text) ? undefined : text;
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}
