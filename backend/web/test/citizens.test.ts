import assert from "node:assert/strict";
import { test } from "node:test";
import { partialDate, yearsSince } from "../src/format/date.ts";
import { hexDump } from "../src/format/hex.ts";
import { withReading } from "../src/pages/place/current.ts";
import { destinationOf } from "../src/scanner/destination.ts";
import type { PinStore } from "../src/trust/pinstore.ts";
import { fromHex, toHex } from "../src/verifier/bytes.ts";
import { kidOf } from "../src/verifier/keys.ts";
import { forgetClaims, isMine, keepMine, keepWaiting, settled, waiting } from "../src/wallet/queue.ts";
import { forgetWallet, walletOf } from "../src/wallet/wallet.ts";
import { ed25519 } from "@noble/curves/ed25519.js";

function memory(): PinStore {
  const map = new Map<string, string>();
  return {
    getItem: (key) => map.get(key) ?? null,
    setItem: (key, value) => void map.set(key, value),
    removeItem: (key) => void map.delete(key),
  };
}

test("a wallet is one key for as long as the browser keeps it, and its thumbprint that of the key", () => {
  const store = memory();
  const secret = new Uint8Array(32).fill(7);
  const wallet = walletOf(store, () => secret);
  assert.equal(walletOf(store, () => assert.fail("made twice")), wallet);
  assert.match(wallet, /^[0-9a-f]{64}$/);
  assert.equal(wallet.slice(0, 16), toHex(kidOf(ed25519.getPublicKey(secret))));
  forgetWallet(store);
  assert.notEqual(walletOf(store), wallet);
});

test("claims wait in order, once each, until they are settled", () => {
  const store = memory();
  for (const digits of ["12", "34", "12"]) keepWaiting(store, digits);
  assert.deepEqual(waiting(store), ["12", "34"]);
  settled(store, "12");
  assert.deepEqual(waiting(store), ["34"]);
  keepMine(store, "ab/3");
  assert.ok(isMine(store, "ab/3") && !isMine(store, "ab/4"));
  forgetClaims(store);
  assert.ok(!isMine(store, "ab/3") && waiting(store).length === 0);
});

test("a scanned code leads into this city, elsewhere, or nowhere", () => {
  const origin = "https://city.example";
  assert.deepEqual(destinationOf("HTTPS://CITY.EXAMPLE/B/12", origin), { kind: "here", path: "/B/12" });
  assert.deepEqual(destinationOf(`HTTPS://CITY.EXAMPLE/B/${"9".repeat(250)}`, origin), { kind: "here", path: `/B/${"9".repeat(250)}` });
  for (const other of ["https://city.example.evil.example/b/12", "http://city.example/b/12", "https://city.example/api/v1/city", "https://city.example@evil.example/b/1"]) {
    assert.equal(destinationOf(other, origin).kind, "elsewhere", other);
  }
  for (const text of ["javascript:alert(1)", "hello", "data:text/html,x", ""]) assert.equal(destinationOf(text, origin).kind, "text", text);
});

test("a planting date is written as far as it is known, and full years are counted", () => {
  const now = Date.parse("2026-11-27T12:00:00Z");
  assert.equal(partialDate("2019", "en"), "2019");
  assert.match(partialDate("2019-03", "ko"), /2019년 3월/);
  assert.match(partialDate("2019-03-01", "zh"), /2019年3月1日/);
  assert.equal(partialDate("spring", "en"), "spring");
  assert.deepEqual(["2019-11-27", "2019-11-28", "2019", "2026", "2026-12", "2030", "x"].map((text) => yearsSince(text, now)), [7, 6, 6, 0, undefined, undefined, undefined]);
});

test("bytes are written eight to a line", () => {
  assert.equal(hexDump(fromHex("63697669630a00ff")), "0000  63 69 76 69 63 0a 00 ff  civic...");
  assert.equal(hexDump(new Uint8Array(9)).split("\n").length, 2);
});

test("of each measurement the newest reading counts that has it", () => {
  const reading = (seq: number, ...names: readonly string[]) => ({
    kid: "ab", seq, time: null, received: "2026-01-01T00:00:00Z", log_index: 1, published: true, proof: "",
    values: names.map((name) => ({ name, unit: "/", value: seq, text: String(seq) })),
  });
  const values = [reading(3, "fill"), reading(5, "temp"), reading(4, "fill", "temp")].reduce(withReading, new Map());
  assert.deepEqual([...values].map(([name, { reading: { seq } }]) => [name, seq]), [["fill", 4], ["temp", 5]]);
});
