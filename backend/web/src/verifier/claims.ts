/** Statements that carry CWT claims in the protected header (SPEC.md §2, §3): issuer, subject, audience. */

import { type CborMap, decode } from "./cbor.ts";
import { ALG, CWT_CLAIMS, KID, type Sign1, TYP, decodeSign1, verifySign1 } from "./cose.ts";
import { WireError } from "./errors.ts";
import { asBoundedText, asMap, checkKeys } from "./fields.ts";
import { checkRealm } from "./names.ts";

/** A log entry: uint16 length of C2SP entry bundles. */
export const MAX_ENTRY_BYTES = 65_535;
const MAX_CLAIM_TEXT = 128;
const NO_AAD = new Uint8Array();

export interface Claims {
  readonly issuer: string;
  readonly subject: string;
  readonly audience: string;
}

export interface Statement {
  readonly message: Sign1;
  readonly kid: Uint8Array;
  readonly typ: string;
  readonly claims: Claims;
}

/** A statement of any typ, its protected header possibly holding labels of `more`; nothing is verified yet. */
export function decodeClaims(bytes: Uint8Array, more: readonly bigint[] = []): Statement {
  const message = decodeSign1(bytes, MAX_ENTRY_BYTES, [ALG, KID, CWT_CLAIMS, TYP], more);
  const map = asMap(message.headers.get(CWT_CLAIMS), "CWT claims");
  checkKeys(map, "CWT claims", [1n, 2n, 3n]);
  return {
    message,
    kid: message.kid,
    typ: asBoundedText(message.headers.get(TYP), "typ", 1, MAX_CLAIM_TEXT),
    claims: {
      issuer: asBoundedText(map.get(1n), "iss", 1, MAX_CLAIM_TEXT),
      subject: asBoundedText(map.get(2n), "sub", 1, MAX_CLAIM_TEXT),
      audience: checkRealm(asBoundedText(map.get(3n), "aud", 1, MAX_CLAIM_TEXT)),
    },
  };
}

/** A statement of `typ` and its payload map; nothing is verified yet. Throws `wrong-kind` for another typ. */
export function decodeStatement(bytes: Uint8Array, typ: string): Statement & { readonly payload: CborMap } {
  const statement = decodeClaims(bytes);
  if (statement.typ !== typ) throw new WireError("wrong-kind", `not ${typ}`);
  return { ...statement, payload: asMap(decode(statement.message.payload, MAX_ENTRY_BYTES), "payload") };
}

/** The statement, if it is for `realm` and signed by `key`. */
export function verifyStatement<T extends Statement>(statement: T, realm: string, key: Uint8Array): T {
  if (statement.claims.audience !== realm) throw new WireError("wrong-realm", `audience is ${statement.claims.audience}`);
  verifySign1(statement.message, key, NO_AAD);
  return statement;
}
