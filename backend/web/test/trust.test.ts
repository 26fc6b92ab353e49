import assert from "node:assert/strict";
import { test } from "node:test";
import { checkProof } from "../src/trust/check.ts";
import { PolicyChangedError, trustPolicy } from "../src/trust/pin.ts";
import { type PinStore, forgetPin } from "../src/trust/pinstore.ts";
import { toBase64, toHex } from "../src/verifier/bytes.ts";
import { City, Key, REALM, Scene } from "./support/city.ts";

function store(): PinStore {
  const kept = new Map<string, string>();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
}

function nextVersion(city: City, roots: readonly Key[]): Record<string, unknown> {
  return { ...city.model(), version: 2, roots: { threshold: 1, keys: roots.map((key) => toBase64(key.public)) } };
}

test("the first policy is pinned and known from then on", () => {
  const [city, kept] = [new City(), store()];
  assert.equal(trustPolicy(city.policyFile(), kept).state, "first-use");
  assert.equal(trustPolicy(city.policyFile(), kept).state, "known");
});

test("a next version signed by the pinned roots replaces the pin", () => {
  const [city, kept, fresh] = [new City(), store(), new Key("fresh root")];
  trustPolicy(city.policyFile(), kept);
  const next = city.policyFile(nextVersion(city, [fresh]), [city.root, fresh]);
  assert.equal(trustPolicy(next, kept).state, "updated");
  assert.equal(trustPolicy(next, kept).state, "known");
  assert.throws(() => trustPolicy(city.policyFile(), kept), PolicyChangedError);
});

test("other roots, another realm or an older version are told, and the pin stays", () => {
  const [city, kept, stranger] = [new City(), store(), new Key("stranger")];
  trustPolicy(city.policyFile(), kept);
  const cases = [
    city.policyFile(nextVersion(city, [stranger]), [stranger]),
    new City("other.city").policyFile(),
    city.policyFile({ ...city.model(), quorum: 0 }),
  ];
  for (const served of cases) assert.throws(() => trustPolicy(served, kept), PolicyChangedError);
  assert.equal(trustPolicy(city.policyFile(), kept).state, "known");
  forgetPin(kept);
  assert.equal(trustPolicy(new City("other.city").policyFile(), kept).state, "first-use");
});

test("a pin that cannot be read is told, and can be given up", () => {
  const [city, kept] = [new City(), store()];
  kept.setItem("civicroot/policy", "{");
  assert.throws(() => trustPolicy(city.policyFile(), kept), PolicyChangedError);
  forgetPin(kept);
  assert.equal(trustPolicy(city.policyFile(), kept).state, "first-use");
});

test("a browser that keeps nothing is not said to remember", () => {
  assert.equal(trustPolicy(new City().policyFile(), { ...store(), forgetful: true }).state, "unkept");
});

test("an invalid policy is never pinned", async () => {
  const [city, kept] = [new City(), store()];
  const outcome = await checkProof(new Uint8Array(), city.policyFile().replace('"quorum":2', '"quorum":1'), kept);
  assert.deepEqual([outcome.state, outcome.state === "failed" && outcome.step], ["failed", "policy"]);
  assert.equal(trustPolicy(city.policyFile(), kept).state, "first-use");
});

test("the good proof of another reading is not the proof that was asked for", async () => {
  const scene = new Scene();
  const expected = { subject: "bin/12", kid: toHex(scene.bin.kid), seq: 3 };
  const check = async (change: Partial<typeof expected>): Promise<unknown> => {
    const outcome = await checkProof(scene.proof(), scene.city.policyFile(), store(), { ...expected, ...change });
    return outcome.state === "failed" ? [outcome.step, outcome.reason] : outcome.state;
  };
  assert.equal(await check({}), "verified");
  for (const change of [{ subject: "bin/13" }, { kid: "00".repeat(8) }, { seq: 4 }]) {
    assert.deepEqual(await check(change), ["match", "other-reading"]);
  }
  assert.equal(scene.city.realm, REALM);
});
