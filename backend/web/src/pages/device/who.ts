/** Whose numbers they are, and what a check has to know of one. */

import type { Reading } from "../../api/types.ts";
import type { SeriesPoint } from "./types.ts";

export interface Who {
  readonly kid: string;
  /** What the device was when a batch with this index was logged. */
  readonly subjectAt: (logIndex: number) => string;
}

/** As much of a reading as its check needs: what it says comes from its proof. */
export function readingOf(kid: string, { time, seq, log_index, published, proof }: Pick<SeriesPoint, "time" | "seq" | "log_index" | "published" | "proof">): Reading {
  return { kid, seq, time, received: time, values: [], log_index, published, proof };
}
