/** The verdict on a reading's proof or on any file: pending, failed, or what was found. */

import { useTexts } from "../hooks/language.tsx";
import { stepTexts } from "../texts/steps.ts";
import type { Failed } from "../trust/check.ts";
import type { FileOutcome } from "../trust/file.ts";
import { EntryPanel, LoggedPanel } from "./entrypanel.tsx";
import { Pending, Unavailable } from "./pending.tsx";
import { ReadingPanel } from "./readingpanel.tsx";
import { RawBytes } from "./rawbytes.tsx";
import { StepList } from "./steps.tsx";

export interface VerdictProps {
  readonly outcome: FileOutcome | undefined;
  readonly waiting: boolean;
  /** Whether something certain was asked for, not anything that a file holds. */
  readonly asked: boolean;
  readonly onAgain?: () => void;
  readonly onTrustNewRoots?: () => void;
}

function FailedPanel({ outcome, asked, onTrustNewRoots }: Omit<VerdictProps, "outcome"> & { readonly outcome: Failed }) {
  const { check, language } = useTexts();
  const steps = stepTexts[language];
  const changed = outcome.reason === "policy-changed";
  return (
    <>
      <div class="verdict-head bad" role="alert">
        <svg class="seal" viewBox="0 0 40 40" aria-hidden="true">
          <circle cx="20" cy="20" r="18" />
          <path d="m14 14 12 12M26 14 14 26" />
        </svg>
        <div>
          <h3>{changed ? check.changed : check.failed}</h3>
          {!changed && <p>{check.failedAt(steps[outcome.step].title)}</p>}
          <p>{changed ? check.pinChanged : steps[outcome.step].failed}</p>
          <p class="says" lang="en">
            {outcome.reason}: {outcome.detail}
          </p>
        </div>
      </div>
      {changed && onTrustNewRoots !== undefined && (
        <button type="button" class="plain" data-action="trust-new-roots" onClick={onTrustNewRoots}>
          {check.trustNew}
        </button>
      )}
      <StepList track={outcome.track} reports={outcome.passed} failed={outcome} asked={asked} />
      {outcome.file !== undefined && <RawBytes of={[{ name: "proof file", bytes: outcome.file }]} />}
    </>
  );
}

export function Verdict(props: VerdictProps) {
  const { outcome, waiting, asked, onAgain } = props;
  if (outcome === undefined) return <Pending waiting={waiting} />;
  switch (outcome.state) {
    case "unavailable":
      return <Unavailable detail={outcome.detail} onAgain={onAgain} />;
    case "failed":
      return (
        <div
          class="verdict"
          data-verdict="failed"
          data-track={outcome.track}
          data-failed-step={outcome.step}
          data-reason={outcome.reason}
        >
          <FailedPanel {...props} outcome={outcome} />
        </div>
      );
    case "verified":
      return <ReadingPanel outcome={outcome} asked={asked} />;
    case "entry":
      return <EntryPanel outcome={outcome} asked={asked} />;
    case "logged":
      return <LoggedPanel outcome={outcome} />;
  }
}
