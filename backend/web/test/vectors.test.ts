import assert from "node:assert/strict";
import { test } from "node:test";
import { ProofError, WireError } from "../src/verifier/errors.ts";
import { type Case, FAMILIES, NOT_IN_BROWSERS } from "./support/families.ts";
import { plain } from "./support/jsonform.ts";
import { report, vectorFamilies, vectorText } from "./support/shared.ts";

/** "accepted" and what was read, or "refused" and why; any other error is a fault of the verifier. */
function outcome(run: (item: Case) => unknown, item: Case): readonly unknown[] {
  try {
    return ["accepted", plain(run(item))];
  } catch (error) {
    if (error instanceof ProofError) return ["refused", error.reason, error.step];
    if (error instanceof WireError) return ["refused", error.reason, null];
    throw error;
  }
}

function expected(item: Case): readonly unknown[] {
  // An anchor's case says what it shows by itself.
  const decoded = item.status === undefined ? (item.decoded ?? null) : { status: item.status, time: item.time };
  return item.valid ? ["accepted", decoded] : ["refused", item.reason, item.step ?? null];
}

for (const family of vectorFamilies().filter((name) => !NOT_IN_BROWSERS.includes(name))) {
  test(`vectors of ${family}: the same verdict, reason and reading as every implementation`, () => {
    const run = FAMILIES[family];
    assert.ok(run !== undefined, `no reader for ${family}`);
    const cases = JSON.parse(vectorText(`${family}.json`)) as readonly Case[];
    assert.ok(cases.length > 0, `no case in ${family}`);
    for (const item of cases) assert.deepEqual(outcome(run, item), expected(item), item.name);
    report(family, cases.length);
  });
}

test("every family of the browser's has vectors", () => {
  const absent = Object.keys(FAMILIES).filter((family) => !vectorFamilies().includes(family));
  assert.deepEqual(absent, []);
});
