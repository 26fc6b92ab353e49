/** The steps of a check, each with one plain sentence. */

import { useTexts } from "../hooks/language.tsx";
import { stepTexts } from "../texts/steps.ts";
import type { Track } from "../trust/check.ts";
import type { Evidence } from "../trust/evidence.ts";
import {
  ENTRY_STEPS,
  STEPS,
  type StepId,
  type StepReport,
  TLOG_PROOF_STEPS,
  TRANSPARENT_STEPS,
} from "../verifier/errors.ts";
import { RawBytes } from "./rawbytes.tsx";

type Status = "checked" | "not-checked" | "failed" | "not-reached";
export type StepName = StepId | "policy" | "match";

interface Row {
  readonly id: StepName;
  readonly status: Status;
  /** The verifier's own words. */
  readonly says: string | undefined;
}

const STEPS_OF: Readonly<Record<Track, readonly StepId[]>> = {
  reading: STEPS,
  entry: ENTRY_STEPS,
  "tlog-proof": TLOG_PROOF_STEPS,
  transparent: TRANSPARENT_STEPS,
};

interface StepListProps {
  readonly track: Track;
  /** Reports of the steps that held or were not checked. */
  readonly reports: readonly StepReport[];
  readonly failed?: { readonly step: StepName; readonly detail: string };
  /** Whether something certain was asked for, not anything that a file holds. */
  readonly asked: boolean;
  /** The bytes that a step rests on. */
  readonly evidence?: (step: StepName) => readonly Evidence[];
}

function rowsOf({ track, reports, failed, asked }: StepListProps): readonly Row[] {
  const matched = asked || failed?.step === "match";
  const all: readonly StepName[] = ["policy", ...STEPS_OF[track], ...(matched ? (["match"] as const) : [])];
  const failedAt = failed === undefined ? all.length : all.indexOf(failed.step);
  return all.map((id, index) => {
    const report = reports.find((candidate) => candidate.id === id);
    if (index === failedAt) return { id, status: "failed", says: failed?.detail };
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

export function Mark({ status }: { readonly status: Status }) {
  return (
    <svg class={`mark mark-${status}`} viewBox="0 0 20 20" aria-hidden="true">
      <path d={MARKS[status]} />
    </svg>
  );
}

function StepRow({ id, status, says, evidence }: Row & { readonly evidence: readonly Evidence[] }) {
  const { check, language } = useTexts();
  const texts = stepTexts[language][id];
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
        {evidence.length > 0 && <RawBytes of={evidence} />}
      </div>
    </li>
  );
}

/** `match` appears only where something certain was asked for. */
export function StepList(props: StepListProps) {
  return (
    <ol class="steps" data-track={props.track}>
      {rowsOf(props).map((row) => (
        <StepRow key={row.id} {...row} evidence={props.evidence?.(row.id) ?? []} />
      ))}
    </ol>
  );
}
