/** Names that a phone gives to what it makes: nobody else has them, so the same again is known as the same. */

import { toHex } from "../verifier/bytes.ts";

const BYTES = 16;

export function newName(): string {
  return toHex(crypto.getRandomValues(new Uint8Array(BYTES)));
}
