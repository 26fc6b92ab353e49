/** Judges cases for another implementation: JSON lines of [family, case] come in, of [verdict, reason] go out. */

import { createInterface } from "node:readline";
import { ProofError, WireError } from "../../src/verifier/errors.ts";
import { type Case, FAMILIES } from "./families.ts";

for await (const line of createInterface({ input: process.stdin })) {
  const [family, item] = JSON.parse(line) as [string, Case];
  const run = FAMILIES[family];
  if (run === undefined) throw new Error(`no reader for ${family}`);
  let verdict = ["accepted", ""];
  try {
    run(item);
  } catch (error) {
    // Any other error is a fault of the verifier and ends this program.
    if (!(error instanceof WireError || error instanceof ProofError)) throw error;
    verdict = ["refused", error.reason];
  }
  process.stdout.write(`${JSON.stringify(verdict)}\n`);
}
