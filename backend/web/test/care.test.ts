import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex, toHex } from "../src/verifier/bytes.ts";
import { type Care, careDigest, statesCare } from "../src/verifier/care.ts";
import type { Entry } from "../src/verifier/entry.ts";

const REALM = "demo.example";
const CARE: Care = { tree: "tree/7", made: 1772357400n, received: 1772357460n, what: ["watered", "pruned"], note: "60 litres.", salt: fromHex("000102030405060708090a0b0c0d0e0f") };

function entry(change: object = {}): Entry {
  const content = { typ: "application/vnd.civicroot.care", claims: { subject: "tree/7" }, detached: true, payload: careDigest(CARE, REALM), ...change };
  return { kind: "statement", content } as unknown as Entry;
}

test("the hash is the one that the backend states", () => {
  // tests/backend/test_visits.py
  assert.equal(toHex(careDigest(CARE, REALM)), "eca567913fd62de673e482b75eeed962f606d0c94c76ef0a03122ebc05fdac7c");
});

test("a line is on record exactly as it is shown, for its tree and city, or not at all", () => {
  assert.equal(statesCare(entry(), CARE, REALM), true);
  const others: readonly Partial<Care>[] = [{ tree: "tree/8" }, { made: 1n }, { received: 1n }, { what: ["watered"] }, { what: ["pruned", "watered"] }, { note: "" }, { salt: new Uint8Array(16) }];
  for (const other of others) assert.equal(statesCare(entry(), { ...CARE, ...other }, REALM), false, JSON.stringify(Object.keys(other)));
  assert.equal(statesCare(entry(), CARE, "other.example"), false);
  for (const other of [{ typ: "x" }, { claims: { subject: "tree/8" } }, { detached: false }]) assert.equal(statesCare(entry(other), CARE, REALM), false);
  assert.equal(statesCare({ kind: "policy" } as unknown as Entry, CARE, REALM), false);
});
