/** What went wrong, by the names that the texts know. */

import { ApiError } from "../../api/client.ts";
import { PROBLEMS, type Problem } from "../../texts/signin.ts";

export interface Trouble {
  readonly problem: Problem;
  /** Seconds to wait, if the server said so. */
  readonly wait: number | undefined;
}

export function isProblem(text: string | undefined): text is Problem {
  return PROBLEMS.some((problem) => problem === text);
}

/** The trouble of an error of the API or of the browser's own question. Throws what is a defect. */
export function troubleOf(error: unknown): Trouble {
  if (error instanceof ApiError) {
    if (error.status === 0) return { problem: "offline", wait: undefined };
    return { problem: isProblem(error.reason) ? error.reason : "other", wait: error.retryAfter };
  }
  if (error instanceof DOMException) return { problem: error.name === "InvalidStateError" ? "device-knows-it" : "cancelled", wait: undefined };
  throw error;
}
