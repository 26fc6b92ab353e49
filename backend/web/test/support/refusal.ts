import assert from "node:assert/strict";
import { ProofError, type Reason, type StepId, WireError } from "../../src/verifier/errors.ts";

/** Asserts that `action` is refused with `reason`. */
export function refused(reason: Reason, action: () => unknown, what = ""): void {
  assert.throws(action, (error: unknown) => {
    assert.ok(error instanceof WireError, `${what}: ${String(error)}`);
    assert.equal(error.reason, reason, `${what}: ${error.message}`);
    return true;
  });
}

/** Asserts that `action` fails at `step` with `reason`. */
export function failsAt(step: StepId, reason: Reason, action: () => unknown): void {
  assert.throws(action, (error: unknown) => {
    assert.ok(error instanceof ProofError, String(error));
    assert.deepEqual([error.step, error.reason], [step, reason], error.message);
    return true;
  });
}
