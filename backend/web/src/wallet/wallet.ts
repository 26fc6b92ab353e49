/** The key to which this browser's claims belong: made on first use, kept here, never sent. */

import { ed25519 } from "@noble/curves/ed25519.js";
import type { PinStore } from "../trust/pinstore.ts";
import { fromHex, toHex } from "../verifier/bytes.ts";
import { thumbprint } from "../verifier/keys.ts";

const STORAGE_KEY = "civicroot/wallet";
const SECRET = /^[0-9a-f]{64}$/;

/** The secret in `store`, made by `random` (32 bytes) if there is none. */
function secretIn(store: PinStore, random: () => Uint8Array): string {
  const kept = store.getItem(STORAGE_KEY);
  if (kept !== null && SECRET.test(kept)) return kept;
  const made = toHex(random());
  store.setItem(STORAGE_KEY, made);
  return made;
}

/** Random bytes also where a page came without HTTPS, and a browser gives no WebCrypto. */
function randomSecret(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(32));
}

/** Thumbprint of the wallet's key, 32 bytes in hexadecimal. */
export function walletOf(store: PinStore, random: () => Uint8Array = randomSecret): string {
  return toHex(thumbprint(ed25519.getPublicKey(fromHex(secretIn(store, random)))));
}

export function forgetWallet(store: PinStore): void {
  store.removeItem(STORAGE_KEY);
}
