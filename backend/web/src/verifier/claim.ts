/** Claim token: who holds it may claim one deposit at one bin (SPEC.md §3.2). */

import { toHex } from "./bytes.ts";
import { decode } from "./cbor.ts";
import { ALG, KID, type Sign1, aad, decodeSign1, verifySign1 } from "./cose.ts";
import { WireError } from "./errors.ts";
import { MAX_UINT32, asFixedBytes, asMap, asUint, checkKeys } from "./fields.ts";

export const MAX_TOKEN_BYTES = 128;
/** Decimal digits of 128 bytes. */
const MAX_DIGITS = 309;
const DIGITS = /^[0-9]+$/;
const CTI_BYTES = 8;

export interface ClaimToken {
  readonly message: Sign1;
  readonly kid: Uint8Array;
  /** Unix seconds. */
  readonly expires: bigint;
  readonly cti: Uint8Array;
  /** Number of the deposit's record. */
  readonly seq: bigint;
}

/** A claim token, strictly decoded; nothing is verified yet. */
export function decodeClaim(bytes: Uint8Array): ClaimToken {
  const message = decodeSign1(bytes, MAX_TOKEN_BYTES, [ALG, KID]);
  const payload = asMap(decode(message.payload, MAX_TOKEN_BYTES), "claim token");
  checkKeys(payload, "claim token", [4n, 7n, -65539n]);
  return {
    message,
    kid: message.kid,
    expires: asUint(payload.get(4n), "exp"),
    cti: asFixedBytes(payload.get(7n), "cti", CTI_BYTES),
    seq: asUint(payload.get(-65539n), "seq", MAX_UINT32),
  };
}

/** The token, if the bin's `key` signed it in `realm`. */
export function verifyClaim(token: ClaimToken, realm: string, key: Uint8Array): ClaimToken {
  verifySign1(token.message, key, aad("claim", realm));
  return token;
}

/** A token as the decimal digits of its QR code. */
export function claimDigits(token: Uint8Array): string {
  return BigInt(`0x${toHex(token)}`).toString();
}

/** The token of its decimal digits. Throws `bad-text`, `not-deterministic` for a leading zero. */
export function parseClaimDigits(text: string): Uint8Array {
  if (!DIGITS.test(text) || text.length > MAX_DIGITS) throw new WireError("bad-text", "not the digits of a claim");
  if (text.startsWith("0")) throw new WireError("not-deterministic", "claim digits begin with zero");
  const hex = BigInt(text).toString(16);
  const even = hex.length % 2 === 0 ? hex : `0${hex}`;
  return Uint8Array.from(even.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
