/** Transaction: a wallet pays points to another (SPEC.md §3.8). */

import { decode } from "./cbor.ts";
import { ALG, KID, type Sign1, aad, decodeSign1, verifySign1 } from "./cose.ts";
import { MAX_UINT32, MAX_UINT64, asFixedBytes, asInteger, asMap, asUint, checkKeys } from "./fields.ts";
import { THUMBPRINT_BYTES } from "./keys.ts";

/** Four numbers and a thumbprint. */
const MAX_TRANSACTION_BYTES = 256;

export interface Transaction {
  readonly message: Sign1;
  readonly kid: Uint8Array;
  readonly seq: bigint;
  /** Thumbprint of the payee's key. */
  readonly payee: Uint8Array;
  readonly amount: bigint;
  /** Unix seconds. */
  readonly expires: bigint;
}

/** A transaction, strictly decoded; nothing is verified yet. */
export function decodeTransaction(bytes: Uint8Array): Transaction {
  const message = decodeSign1(bytes, MAX_TRANSACTION_BYTES, [ALG, KID]);
  const payload = asMap(decode(message.payload, MAX_TRANSACTION_BYTES), "transaction");
  checkKeys(payload, "transaction", [1n, 2n, 3n, 4n]);
  return {
    message,
    kid: message.kid,
    seq: asUint(payload.get(1n), "wallet seq", MAX_UINT32),
    payee: asFixedBytes(payload.get(2n), "payee", THUMBPRINT_BYTES),
    amount: asInteger(payload.get(3n), "amount", 1n, MAX_UINT64),
    expires: asUint(payload.get(4n), "expiry"),
  };
}

/** The transaction, if the wallet's `key` signed it in `realm`. */
export function verifyTransaction(found: Transaction, realm: string, key: Uint8Array): Transaction {
  verifySign1(found.message, key, aad("transaction", realm));
  return found;
}
