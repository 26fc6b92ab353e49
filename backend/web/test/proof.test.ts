import assert from "node:assert/strict";
import { test } from "node:test";
import { concat, fromUtf8, utf8 } from "../src/verifier/bytes.ts";
import { type CborValue } from "../src/verifier/cbor.ts";
import { ProofError, STEPS } from "../src/verifier/errors.ts";
import { leafHash } from "../src/verifier/merkle.ts";
import { type Policy, parsePolicyFile, verifyPolicy } from "../src/verifier/policy.ts";
import { verifyProof } from "../src/verifier/verifier.ts";
import { City, Key, Scene, SmallOrderKey, bundle, pathOf } from "./support/city.ts";
import { failsAt } from "./support/refusal.ts";

const scene = new Scene();
const policy = policyOf(scene.city);

function policyOf(city: City, model: Record<string, unknown> = city.model()): Policy {
  return verifyPolicy(parsePolicyFile(city.policyFile(model)));
}

function noteOf(...[city, ...how]: readonly [City, ...Parameters<City["checkpoint"]>]): string {
  return fromUtf8(city.checkpoint(...how));
}

test("a good proof passes every step but anchors, and says what was measured", () => {
  const verified = verifyProof(scene.proof(), policy);
  assert.deepEqual(
    verified.steps.map(({ id, status }) => [id, status]),
    STEPS.map((id) => [id, id === "anchors" ? "not-checked" : "checked"]),
  );
  assert.equal(String(verified.record.pack.measurements[0]?.value), "0.62");
  assert.deepEqual([verified.device.label, verified.device.simulated], ["Market square", true]);
  assert.equal(verified.head.cosignatures.length, 2);
});

test("what a proof leaves out is said to be not checked", () => {
  const model = { ...scene.city.model(), quorum: 0, witnesses: [] };
  const bare = scene.proof([
    [6n, noteOf(scene.city, scene.city.entries.length, 0)],
    [9n, undefined],
    [10n, undefined],
  ]);
  const { steps } = verifyProof(bare, policyOf(scene.city, model));
  const missing = steps.filter(({ status }) => status === "not-checked").map(({ id }) => id);
  assert.deepEqual(missing, ["witnesses", "revocation", "beacon", "anchors"]);
});

test("a beacon that no witness cosigned is held against the record but proves no time", () => {
  const unwitnessed = policyOf(scene.city, { ...scene.city.model(), quorum: 0 });
  const verified = verifyProof(scene.proof(), unwitnessed);
  assert.equal(verified.steps.find(({ id }) => id === "beacon")?.status, "not-checked");
  assert.deepEqual([verified.notBefore, verified.notAfter], [undefined, undefined]);
  failsAt("beacon", "wrong-beacon", () => verifyProof(scene.proof([[10n, scene.parts.get(6n)]]), unwitnessed));
});

test("an earlier tree that the witnesses saw gives the time, the newest what they vouch for", () => {
  const [header, size, earlier] = [2, 3, 1_750_000_050n];
  const path = pathOf(header, scene.city.entries.slice(0, size).map(leafHash));
  const seenAt = (time: bigint): CborValue => {
    const [, ...lines] = (noteOf(scene.city, size, 2, scene.city.log, time).split("\n\n")[1] as string).split("\n");
    return [BigInt(size), path, lines.join("\n")];
  };
  const { head, seen, notAfter } = verifyProof(scene.proof([[15n, seenAt(earlier)]]), policy);
  assert.deepEqual([head.checkpoint.size, seen.checkpoint.size, notAfter], [5n, 3n, earlier + 1n]);
  const late = verifyProof(scene.proof([[15n, seenAt(1_750_009_999n)]]), policy);
  assert.deepEqual([late.seen, late.notAfter], [late.head, verifyProof(scene.proof(), policy).notAfter]);
});

// Every byte takes 15 s; an odd stride still flips each of the eight bits.
const STRIDE = process.env.CIVICROOT_SOAK === undefined ? 5 : 1;

test("a flipped bit in any byte fails and names its step", () => {
  const proof = scene.proof();
  const steps = new Map<string, number>();
  for (let at = 0; at < proof.length; at += STRIDE) {
    const flipped = proof.slice();
    flipped[at] = (flipped[at] as number) ^ (1 << (at % 8));
    try {
      verifyProof(flipped, policy);
      assert.fail(`byte ${at}`);
    } catch (error) {
      if (!(error instanceof ProofError)) throw error;
      steps.set(error.step, (steps.get(error.step) ?? 0) + 1);
    }
  }
  // Every entry is in the tree that the checkpoint names, so a spoilt one fails where the tree is computed.
  const broken = ["format", "realm", "checkpoint", "header-log", "record-batch", "beacon"];
  assert.deepEqual([...steps.keys()].sort(), broken.sort());
});

test("a proof of another city, or under another city's policy, fails at its realm", () => {
  failsAt("realm", "wrong-realm", () => verifyProof(scene.proof([[2n, "other.city"]]), policy));
  const other = new Scene({ realm: "other.city" });
  failsAt("realm", "wrong-realm", () => verifyProof(other.proof(), policy));
  failsAt("gateway-enrolment", "wrong-realm", () => verifyProof(other.proof([[2n, scene.city.realm]]), policy));
});

test("a proof of another log fails at the checkpoint", () => {
  const note = noteOf(scene.city, scene.city.entries.length, 2, new Key("other log"));
  failsAt("checkpoint", "untrusted", () => verifyProof(scene.proof([[6n, note]]), policy));
});

test("too few witnesses fail at the witnesses", () => {
  const note = noteOf(scene.city, scene.city.entries.length, 1);
  failsAt("witnesses", "quorum-missed", () => verifyProof(scene.proof([[6n, note]]), policy));
});

test("a header, an enrolment or a record at another place fails at its path", () => {
  const [header, device, gateway] = [5n, 7n, 8n].map((label) => scene.parts.get(label) as readonly CborValue[]);
  const at = (entry: readonly CborValue[] | undefined, place: readonly CborValue[] | undefined): CborValue =>
    [entry?.[0], place?.[1], place?.[2]] as CborValue;
  const swapped = scene.proof([[7n, at(device, gateway)], [8n, at(gateway, device)]]);
  failsAt("header-log", "bad-path", () => verifyProof(swapped, policy));
  const early = scene.proof([[5n, at(header, device)], [7n, at(device, header)]]);
  failsAt("header-log", "bad-path", () => verifyProof(early, policy));
  const [, path] = scene.parts.get(4n) as readonly CborValue[];
  failsAt("record-batch", "bad-path", () => verifyProof(scene.proof([[4n, [2n, path as CborValue]]]), policy));
});

test("a device does not vouch for a batch, nor a gateway for a reading", () => {
  const [device, gateway] = [scene.parts.get(7n), scene.parts.get(8n)];
  const exchanged = scene.proof([[7n, gateway], [8n, device]]);
  failsAt("gateway-enrolment", "key-mismatch", () => verifyProof(exchanged, policy));
});

/** A proof whose record, enrolment of the bin and order of the log can be spoiled. */
function spoiled(record: Uint8Array, enrolment: Uint8Array, late = false): { proof: Uint8Array; policy: Policy } {
  const [city, gateway] = [new City(), new Key("gateway")];
  const gatewayIndex = city.append(city.enrolment(gateway, { subject: "gateway/1", role: "gateway" }));
  const before = late ? undefined : city.append(enrolment);
  const header = city.append(city.header(gateway, 0n, [record, utf8("a record that is none")]));
  const device = before ?? city.append(enrolment);
  const parts = new Map<bigint, CborValue>([
    [1n, "civicroot/proof/v1"],
    [2n, city.realm],
    [3n, record],
    [4n, [0n, pathOf(0, [record, utf8("a record that is none")].map(leafHash))]],
    [5n, city.logged(header)],
    [6n, noteOf(city)],
    [7n, city.logged(device)],
    [8n, city.logged(gatewayIndex)],
  ]);
  return { proof: bundle(parts), policy: policyOf(city) };
}

test("a device enrolled by a stranger, later, or with another's possession is invented", () => {
  const [city, bin] = [new City(), new Key("bin")];
  const enrolled = { subject: "bin/1", role: "device" };
  const record = city.record(bin, 0n);
  const run = (enrolment: Uint8Array, late = false): unknown => {
    const { proof, policy: trusted } = spoiled(record, enrolment, late);
    return verifyProof(proof, trusted);
  };
  run(city.enrolment(bin, enrolled));
  failsAt("device-enrolment", "untrusted", () => run(city.enrolment(bin, enrolled, new Key("stranger"))));
  failsAt("device-enrolment", "wrong-order", () => run(city.enrolment(bin, enrolled), true));
  failsAt("device-enrolment", "wrong-role", () => run(city.enrolment(bin, { ...enrolled, role: "wallet" })));
  failsAt("device-enrolment", "wrong-realm", () => run(new City("other.city").enrolment(bin, enrolled)));
  failsAt("device-enrolment", "weak-key", () => run(city.enrolment(new SmallOrderKey(), enrolled)));
  failsAt("device-enrolment", "key-mismatch", () => run(city.enrolment(new Key("other bin"), enrolled)));
});

test("a record signed for another realm fails at the device", () => {
  const [city, bin] = [new City(), new Key("bin")];
  const enrolment = city.enrolment(bin, { subject: "bin/1", role: "device" });
  const foreign = spoiled(new City("other.city").record(bin, 0n), enrolment);
  failsAt("device-signature", "bad-signature", () => verifyProof(foreign.proof, foreign.policy));
});

test("revocation: a withdrawn key fails", () => {
  const revoked = new Scene({ revoked: true });
  failsAt("revocation", "revoked", () => verifyProof(revoked.proof(), policyOf(revoked.city)));
});

test("beacon: another checkpoint than the record's fails", () => {
  failsAt("beacon", "wrong-beacon", () => verifyProof(scene.proof([[10n, scene.parts.get(6n)]]), policy));
  const uncosigned = noteOf(scene.city, 2, 1);
  failsAt("beacon", "wrong-beacon", () => verifyProof(scene.proof([[10n, uncosigned]]), policy));
});

test("format: what is no proof is refused", () => {
  const proof = scene.proof();
  failsAt("format", "truncated", () => verifyProof(proof.slice(0, -1), policy));
  failsAt("format", "trailing-bytes", () => verifyProof(concat(proof, Uint8Array.of(0)), policy));
  failsAt("format", "too-large", () => verifyProof(new Uint8Array(64 * 1024 + 1), policy));
  failsAt("format", "missing-key", () => verifyProof(scene.proof([[7n, undefined]]), policy));
  failsAt("format", "unknown-key", () => verifyProof(scene.proof([[16n, 0n]]), policy));
  failsAt("format", "wrong-kind", () => verifyProof(scene.proof([[1n, "civicroot/proof/v2"]]), policy));
  failsAt("format", "out-of-range", () => verifyProof(scene.proof([[11n, []]]), policy));
});
