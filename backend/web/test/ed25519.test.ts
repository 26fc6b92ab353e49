import assert from "node:assert/strict";
import { test } from "node:test";
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { concat, fromHex, toHex } from "../src/verifier/bytes.ts";
import { WireError } from "../src/verifier/errors.ts";
import { verify } from "../src/verifier/ed25519.ts";
import { SmallOrderKey } from "./support/city.ts";
import { refused } from "./support/refusal.ts";
import { report, sharedJson, sharedText } from "./support/shared.ts";

const SECRET = new Uint8Array(32).fill(1);
const KEY = ed25519.getPublicKey(SECRET);
const MESSAGE = new TextEncoder().encode("a reading");
const SIGNATURE = ed25519.sign(MESSAGE, SECRET);
/** libsodium's verdict, measured: of the speccheck cases only this one verifies. */
const SPECCHECK_ACCEPTED = 3;

function littleEndian(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
}

test("RFC 8032 section 7.1 verifies and a changed message does not", () => {
  type Case = { name: string; public: string; message: string; signature: string };
  const cases = sharedJson<readonly Case[]>("ed25519/rfc8032-7.1.json");
  report("ed25519 RFC 8032", cases?.length);
  for (const item of cases ?? []) {
    const [key, message, signature] = [fromHex(item.public), fromHex(item.message), fromHex(item.signature)];
    verify(key, message, signature);
    refused("bad-signature", () => verify(key, concat(message, Uint8Array.of(0)), signature), item.name);
  }
});

test("speccheck: libsodium's verdict on every case", () => {
  type Case = { message: string; pub_key: string; signature: string };
  const cases = sharedJson<readonly Case[]>("ed25519/speccheck_cases.json");
  report("ed25519 speccheck", cases?.length);
  cases?.forEach((item, index) => {
    const run = (): void => verify(fromHex(item.pub_key), fromHex(item.message), fromHex(item.signature));
    if (index === SPECCHECK_ACCEPTED) run();
    else assert.throws(run, WireError, `case ${index}`);
  });
});

test("SHA-2 of NIST's short messages", () => {
  for (const [file, hash] of [["SHA256ShortMsg.rsp", sha256] as const, ["SHA512ShortMsg.rsp", sha512] as const]) {
    const text = sharedText(`sha2/${file}`);
    const cases = text === undefined ? undefined : [...text.matchAll(/Len = (\d+)\s+Msg = (\w+)\s+MD = (\w+)/g)];
    report(`sha2 ${file}`, cases?.length);
    for (const [, length, message, digest] of cases ?? []) {
      assert.equal(toHex(hash(length === "0" ? new Uint8Array() : fromHex(message as string))), digest);
    }
  }
});

test("a forgery under a small-order key, which a lax verifier takes, is refused", () => {
  const key = new SmallOrderKey();
  const forged = key.sign(MESSAGE);
  assert.ok(ed25519.verify(forged, MESSAGE, key.public));
  refused("weak-key", () => verify(key.public, MESSAGE, forged));
});

test("each weakness has its reason", () => {
  const [r, s] = [SIGNATURE.slice(0, 32), SIGNATURE.slice(32)];
  const order = ed25519.Point.Fn.ORDER;
  const scalar = BigInt(`0x${toHex(s.slice().reverse())}`);
  const smallOrder = ed25519.Point.fromHex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a").toBytes();
  const identity = littleEndian(1n);
  const negativeZero = Uint8Array.from(identity, (byte, i) => (i === 31 ? byte | 0x80 : byte));
  const offCurve = littleEndian(2n);
  const overField = littleEndian((1n << 255n) - 19n + 3n);
  refused("bad-length", () => verify(KEY.slice(1), MESSAGE, SIGNATURE));
  refused("bad-length", () => verify(KEY, MESSAGE, SIGNATURE.slice(1)));
  refused("non-canonical-s", () => verify(KEY, MESSAGE, concat(r, littleEndian(scalar + order))));
  for (const weak of [smallOrder, identity, negativeZero, offCurve, overField]) {
    refused("weak-key", () => verify(weak, MESSAGE, SIGNATURE), toHex(weak));
  }
  for (const weak of [smallOrder, identity, negativeZero, overField]) {
    refused("weak-r", () => verify(KEY, MESSAGE, concat(weak, s)), toHex(weak));
  }
  refused("bad-signature", () => verify(KEY, MESSAGE, concat(offCurve, s)));
});
