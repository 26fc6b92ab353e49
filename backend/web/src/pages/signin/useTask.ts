/** One thing at a time: what runs, and what went wrong with it. */

import { useState } from "preact/hooks";
import { type Trouble, troubleOf } from "./problem.ts";

export interface Task {
  /** Name of what runs. */
  readonly running: string | undefined;
  readonly trouble: Trouble | undefined;
  readonly run: (name: string, work: () => Promise<void>) => void;
}

export function useTask(first?: Trouble): Task {
  const [running, setRunning] = useState<string | undefined>();
  const [trouble, setTrouble] = useState(first);
  const run = (name: string, work: () => Promise<void>): void => {
    setRunning(name);
    setTrouble(undefined);
    work()
      .catch((error: unknown) => setTrouble(troubleOf(error)))
      .finally(() => setRunning(undefined));
  };
  return { running, trouble, run };
}
