import assert from "node:assert/strict";
import { test } from "node:test";
import { toBase64 } from "../src/verifier/bytes.ts";
import { decodeSignedPolicy, encodeSignedPolicy, parsePolicyFile, verifyPolicy, verifySuccessor } from "../src/verifier/policy.ts";
import { City, Key } from "./support/city.ts";
import { refused } from "./support/refusal.ts";

const city = new City();

test("a policy signed by its roots verifies, and its file and log entry carry the same", () => {
  const signed = parsePolicyFile(city.policyFile());
  assert.equal(verifyPolicy(signed).realm, city.realm);
  const entry = decodeSignedPolicy(encodeSignedPolicy(signed));
  assert.deepEqual(entry, signed);
  verifyPolicy(entry);
});

test("a policy changed after signing, or signed by others, is refused", () => {
  const changed = city.policyFile().replace('"quorum":2', '"quorum":1');
  refused("bad-signature", () => verifyPolicy(parsePolicyFile(changed)));
  refused("quorum-missed", () => verifyPolicy(parsePolicyFile(city.policyFile(city.model(), [new Key("other")]))));
  const two = { ...city.model(), roots: { threshold: 2, keys: [city.root, new Key("r2")].map((key) => toBase64(key.public)) } };
  refused("quorum-missed", () => verifyPolicy(parsePolicyFile(city.policyFile(two))));
});

test("a policy of another form is refused", () => {
  const model = city.model();
  const witnesses = model.witnesses as readonly unknown[];
  const cases = [
    [{ ...model, more: 1 }, "unknown-key"],
    [{ ...model, quorum: 3 }, "out-of-range"],
    [{ ...model, version: 0 }, "out-of-range"],
    [{ ...model, version: 1.5 }, "wrong-type"],
    [{ ...model, quorum: null }, "wrong-type"],
    [{ ...model, realm: "Example" }, "bad-text"],
    [{ ...model, witnesses: [witnesses[0], witnesses[0]] }, "not-deterministic"],
    [{ ...model, logs: witnesses }, "wrong-algorithm"],
    [{ ...model, roots: { threshold: 2, keys: [toBase64(city.root.public)] } }, "out-of-range"],
  ] as const;
  for (const [changed, reason] of cases) {
    const text = JSON.stringify({ policy: changed, signatures: [{ kid: "00".repeat(8), signature: toBase64(new Uint8Array(64)) }] });
    refused(reason, () => parsePolicyFile(text), JSON.stringify(changed));
  }
  refused("malformed", () => parsePolicyFile("{"));
  refused("too-large", () => parsePolicyFile(city.policyFile() + " ".repeat(256 * 1024)));
  refused("bad-text", () => parsePolicyFile(city.policyFile().replace(/"name":"[^"]*"/, '"name":"\\ud800"')));
});

test("a next version needs the roots before it", () => {
  const previous = verifyPolicy(parsePolicyFile(city.policyFile()));
  const fresh = new Key("new root");
  const next = { ...city.model(), version: 2, roots: { threshold: 1, keys: [toBase64(fresh.public)] } };
  verifySuccessor(parsePolicyFile(city.policyFile(next, [city.root, fresh])), previous);
  refused("quorum-missed", () => verifySuccessor(parsePolicyFile(city.policyFile(next, [fresh])), previous));
  refused("out-of-range", () => verifySuccessor(parsePolicyFile(city.policyFile()), previous));
});
