/** The steps of a check, each with one plain sentence. */

import type { Failed, Verified } from "../trust/check.ts";
import { useTexts } from "../hooks/language.tsx";
import { STEPS, type StepId, type StepReport } from "../verifier/errors.ts";

type Status = "checked" | "not-checked" | "failed" | "not-reached";
type StepName = StepId | "policy" | "match";

interface Row {
  readonly id: StepName;
  readonly status: Status;
  /** The verifier's own words. */
  readonly says: string | undefined;
}

const ALL: readonly StepName[] = ["policy", ...STEPS, "match"];

function rowsOf(outcome: Verified | Failed): readonly Row[] {
  const reports: readonly StepReport[] = outcome.state === "verified" ? outcome.proof.steps : outcome.passed;
  const failedAt = outcome.state === "failed" ? ALL.indexOf(outcome.step) : ALL.length;
  return ALL.map((id, index) => {
    const report = reports.find((candidate) => candidate.id === id);
    if (index === failedAt && outcome.state === "failed") return { id, status: "failed", says: outcome.detail };
    if (index > failedAt) return { id, status: "not-reached", says: undefined };
    return { id, status: report?.status ?? "checked", says: report?.says };
  });
}

const MARKS: Readonly<Record<Status, string>> = {
  checked: "M4 10.5 8.2 15 16 5.5",
  "not-checked": "M5 10h10",
  failed: "M5 5l10 10M15 5 5 15",
  "not-reached": "M10 10h0",
};

function Mark({ status }: { readonly status: Status }) {
  return (
    <svg class={`mark mark-${status}`} viewBox="0 0 20 20" aria-hidden="true">
      <path d={MARKS[status]} />
    </svg>
  );
}

function StepRow({ id, status, says }: Row) {
  const { steps, check } = useTexts();
  const texts = steps[id];
  const sentence = {
    checked: texts.held,
    "not-checked": texts.notChecked ?? check.notChecked,
    failed: texts.failed,
    "not-reached": check.notReached,
  }[status];
  return (
    <li class={`step step-${status}`} data-step={id} data-status={status}>
      <Mark status={status} />
      <div>
        <p class="step-title">
          {texts.title}
          {status === "not-checked" && <span class="tag">{check.notChecked}</span>}
        </p>
        <p>{sentence}</p>
        {says !== undefined && (
          <p class="says" lang="en">
            {says}
          </p>
        )}
      </div>
    </li>
  );
}

/** `match` appears only where a certain reading was asked for. */
export function StepList({ outcome, asked }: { readonly outcome: Verified | Failed; readonly asked: boolean }) {
  const rows = rowsOf(outcome).filter(({ id }) => asked || id !== "match");
  return (
    <ol class="steps">
      {rows.map((row) => (
        <StepRow key={row.id} {...row} />
      ))}
    </ol>
  );
}
