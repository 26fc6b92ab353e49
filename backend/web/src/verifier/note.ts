/** C2SP signed notes, verifier keys, checkpoints and cosignatures (SPEC.md §5.2, §5.3, §5.4). */

import { sha256 } from "@noble/hashes/sha2.js";
import { compareBytes, concat, equalBytes, fromBase64, fromUtf8, toBase64, toHex, utf8 } from "./bytes.ts";
import { KEY_BYTES, SIGNATURE_BYTES, verify } from "./ed25519.ts";
import { WireError } from "./errors.ts";
import { HASH_BYTES, rootOf } from "./merkle.ts";
import { BEACON_BYTES } from "./sequence.ts";

export const MAX_NOTE_BYTES = 16 * 1024;
const MAX_SIGNATURES = 16;
const KEY_ID_BYTES = 4;
const TIME_BYTES = 8;
export const TYPE_ED25519 = 0x01;
export const TYPE_COSIGNATURE = 0x04;

// White_Space is Unicode's: `\s` lacks U+0085 and has U+FEFF, which is none.
const NAME = /^[^\u0000-\u0020\p{White_Space}+]+$/u;
// Control characters have no place in a note; a newline ends a line.
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/;
const SIZE = /^(?:0|[1-9][0-9]{0,18})$/;
const MAX_SIZE = (1n << 63n) - 1n;
const MAX_TIME = (1n << 63n) - 1n;

export interface SignatureLine {
  readonly name: string;
  readonly keyId: Uint8Array;
  /** What follows the key id. */
  readonly signature: Uint8Array;
}

export interface Note {
  /** Signed text with its final newline. */
  readonly text: string;
  readonly lines: readonly SignatureLine[];
}

export interface VerifierKey {
  readonly name: string;
  readonly keyId: Uint8Array;
  readonly type: number;
  readonly key: Uint8Array;
}

/** Key id of a name and `type ‖ public key`. */
export function keyIdOf(name: string, typedKey: Uint8Array): Uint8Array {
  return sha256(concat(utf8(name), Uint8Array.of(0x0a), typedKey)).slice(0, KEY_ID_BYTES);
}

/** `<name>+<key id>+<base64(type ‖ public key)>` of either type. Throws `malformed`. */
export function parseVerifierKey(text: string): VerifierKey {
  const parts = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/u.exec(text);
  if (parts === null || !NAME.test(parts[1] as string)) throw new WireError("malformed", "not a verifier key");
  const [name, hex] = [parts[1] as string, parts[2] as string];
  const typedKey = fromBase64(parts[3] as string);
  const type = typedKey[0];
  if (typedKey.length !== 1 + KEY_BYTES || (type !== TYPE_ED25519 && type !== TYPE_COSIGNATURE)) {
    throw new WireError("malformed", "verifier key is no type and 32 bytes");
  }
  const keyId = keyIdOf(name, typedKey);
  if (toHex(keyId) !== hex) throw new WireError("malformed", "key id does not belong to the verifier key");
  return { name, keyId, type, key: typedKey.slice(1) };
}

function parseSignatureLine(line: string): SignatureLine {
  const parts = /^\u2014 ([^ ]+) ([^ ]+)$/u.exec(line);
  if (parts === null || !NAME.test(parts[1] as string)) throw new WireError("malformed", "not a signature line");
  const bytes = fromBase64(parts[2] as string);
  if (bytes.length <= KEY_ID_BYTES) throw new WireError("malformed", "signature line without a signature");
  return { name: parts[1] as string, keyId: bytes.slice(0, KEY_ID_BYTES), signature: bytes.slice(KEY_ID_BYTES) };
}

/** A signed note; nothing is verified yet. Throws `too-large`, `bad-text`, `malformed`. */
export function parseNote(input: Uint8Array | string): Note {
  const bytes = typeof input === "string" ? utf8(input) : input;
  if (bytes.length > MAX_NOTE_BYTES) throw new WireError("too-large", `note of ${bytes.length} bytes`);
  const whole = fromUtf8(bytes);
  if (CONTROL.test(whole)) throw new WireError("malformed", "control character in a note");
  const split = whole.lastIndexOf("\n\n");
  if (split < 0 || !whole.endsWith("\n")) throw new WireError("malformed", "note without signatures");
  const signatures = whole.slice(split + 2, -1).split("\n");
  if (signatures.length > MAX_SIGNATURES) throw new WireError("malformed", `${signatures.length} signature lines`);
  return { text: whole.slice(0, split + 1), lines: signatures.map(parseSignatureLine) };
}

/** Whether `line` claims to be by `key`. */
export function isBy(line: SignatureLine, key: VerifierKey): boolean {
  return line.name === key.name && equalBytes(line.keyId, key.keyId);
}

/** The note, if exactly one line is by `key`, and it verifies; other lines are not looked at. Throws `untrusted` without any. */
export function verifyNote(note: Note, key: VerifierKey): Note {
  const [line, ...more] = note.lines.filter((candidate) => isBy(candidate, key));
  if (line === undefined) throw new WireError("untrusted", `no signature by ${key.name}`);
  if (more.length > 0) throw new WireError("not-deterministic", `two signatures by ${key.name}`);
  if (key.type !== TYPE_ED25519) throw new WireError("wrong-algorithm", `${key.name} does not sign notes`);
  verify(key.key, utf8(note.text), line.signature);
  return note;
}

/** Unix seconds at which the witness `key` cosigned `text`, if `line` verifies (cosignature/v1). */
export function verifyCosignature(text: string, line: SignatureLine, key: VerifierKey): bigint {
  if (!isBy(line, key) || key.type !== TYPE_COSIGNATURE) throw new WireError("key-mismatch", `not by witness ${key.name}`);
  if (line.signature.length !== TIME_BYTES + SIGNATURE_BYTES) throw new WireError("bad-length", "cosignature of another length");
  const time = line.signature.slice(0, TIME_BYTES).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  if (time > MAX_TIME) throw new WireError("out-of-range", "cosignature time");
  verify(key.key, utf8(`cosignature/v1\ntime ${time}\n${text}`), line.signature.slice(TIME_BYTES));
  return time;
}

export interface Checkpoint {
  readonly origin: string;
  readonly size: bigint;
  readonly root: Uint8Array;
}

/** The checkpoint of a note's text: origin, size and root, no extension lines. Throws `malformed`. */
export function parseCheckpoint(text: string): Checkpoint {
  const lines = text.split("\n");
  if (lines.length !== 4 || lines[3] !== "") throw new WireError("malformed", "a checkpoint has three lines");
  const [origin, size, base64] = lines as [string, string, string, string];
  if (!NAME.test(origin)) throw new WireError("malformed", "checkpoint without an origin");
  if (!SIZE.test(size) || BigInt(size) > MAX_SIZE) throw new WireError("malformed", "checkpoint without a size");
  const root = fromBase64(base64);
  if (root.length !== HASH_BYTES) throw new WireError("bad-length", `root of ${root.length} bytes`);
  if (size === "0" && !equalBytes(root, rootOf([]))) throw new WireError("bad-path", "the empty tree has another root");
  return { origin, size: BigInt(size), root };
}

/** The text of a checkpoint: what is signed, and what is anchored. */
export function checkpointBody({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${toBase64(root)}\n`;
}

/** Beacon of a checkpoint and the cosignature lines of the policy's witnesses (SPEC.md §5.4). */
export function beaconOf(text: string, cosignatures: readonly SignatureLine[]): Uint8Array {
  const lines = cosignatures.map((line) => concat(line.keyId, line.signature)).sort(compareBytes);
  return sha256(concat(utf8(text), ...lines)).slice(0, BEACON_BYTES);
}
