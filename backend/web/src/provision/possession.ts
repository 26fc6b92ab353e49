/** Proof of possession, looked at before anybody hears of it: the device signed this request, now, with the key that it names. */

import { possessionOf } from "../serial/answers.ts";
import { WrongDevice } from "../serial/errors.ts";
import type { Message } from "../serial/line.ts";
import { equalBytes, fromHex, toHex } from "../verifier/bytes.ts";
import { WireError } from "../verifier/errors.ts";
import { decodePossession, verifyPossession } from "../verifier/statement.ts";

const NONCE_BYTES = 16;
const ROLE = "device";

/** What the device signs, so that nobody answers for it with something older. */
export function newNonce(): string {
  return toHex(crypto.getRandomValues(new Uint8Array(NONCE_BYTES)));
}

/** The signed request, if the key `key` signed it for this subject and nonce in this realm. Throws WrongDevice. */
export function provedPossession(answer: Message, key: string, realm: string, subject: string, nonce: string): string {
  const { public: named, possession } = possessionOf(answer);
  if (named !== key) throw new WrongDevice("not-proved", "the device names another key than the one it had before");
  try {
    const found = verifyPossession(decodePossession(fromHex(possession)), realm, fromHex(key));
    if (found.subject !== subject || found.role !== ROLE || !equalBytes(found.nonce, fromHex(nonce))) {
      throw new WrongDevice("not-proved", "the device signed another request than this one");
    }
  } catch (error) {
    if (error instanceof WireError) throw new WrongDevice("not-proved", error.message);
    throw error;
  }
  return possession;
}
