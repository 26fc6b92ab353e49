/** Something that somebody does on a page for staff: what runs, and in plain words what went wrong. */

import { useState } from "preact/hooks";
import { ApiError } from "../api/client.ts";
import { useTexts } from "../hooks/language.tsx";
import { type StaffTexts, staffTexts } from "../texts/staff.ts";

export interface Deed {
  readonly running: boolean;
  readonly trouble: string | undefined;
  readonly run: (work: () => Promise<unknown>) => void;
}

const REASONS: Readonly<Record<string, keyof StaffTexts["problem"]>> = {
  "not-signed-in": "notSignedIn",
  "not-allowed": "notAllowed",
  "sign-in-again": "signInAgain",
  changed: "changed",
  taken: "taken",
  "last-operator": "lastOperator",
  "not-found": "notFound",
};

function said(error: unknown, texts: StaffTexts): string {
  if (!(error instanceof ApiError)) throw error;
  if (error.status === 0) return texts.problem.offline;
  const known = REASONS[error.reason ?? ""];
  return known === undefined ? `${texts.problem.other} ${error.message}` : texts.problem[known];
}

export function useDeed(): Deed {
  const { language } = useTexts();
  const [running, setRunning] = useState(false);
  const [trouble, setTrouble] = useState<string>();
  const run = (work: () => Promise<unknown>): void => {
    setRunning(true);
    setTrouble(undefined);
    work()
      .catch((error: unknown) => setTrouble(said(error, staffTexts[language])))
      .finally(() => setRunning(false));
  };
  return { running, trouble, run };
}
