/** The verdict on a proof: pending, verified or failed, with what was found. */

import type { ComponentChildren } from "preact";
import { moment } from "../format/time.ts";
import { valueOf } from "../format/value.ts";
import { useTexts } from "../hooks/language.tsx";
import type { Failed, Outcome, Verified } from "../trust/check.ts";
import { toHex } from "../verifier/bytes.ts";
import type { Cosignature } from "../verifier/treehead.ts";
import { SimulatedMark } from "./frame.tsx";
import { StepList } from "./steps.tsx";
import { ValueList } from "./values.tsx";

interface VerdictProps {
  readonly outcome: Outcome | undefined;
  readonly waiting: boolean;
  /** Whether a certain reading was asked for, not any that a file holds. */
  readonly asked: boolean;
  readonly onAgain?: () => void;
  readonly onTrustNewRoots?: () => void;
}

function Times({ cosignatures }: { readonly cosignatures: readonly Cosignature[] }) {
  const { language } = useTexts();
  return (
    <>
      {cosignatures.map(({ name, time }) => (
        <span key={name} class="line">
          {moment(time, language)} · {name}
        </span>
      ))}
    </>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** What the verified proof says, straight from its bytes. */
function Facts({ outcome: { proof } }: { readonly outcome: Verified }) {
  const { check, language } = useTexts();
  const { record, head, beacon, bundle } = proof;
  const { cosignatures } = head;
  const { baseTime } = record.pack;
  return (
    <>
      <h4>{check.readingIs}</h4>
      <ValueList values={record.pack.measurements.map(valueOf)} />
      <dl class="facts">
        <Fact name={check.claimedTime}>{baseTime === undefined ? check.clockNotSet : moment(baseTime, language)}</Fact>
        {beacon !== undefined && beacon.cosignatures.length > 0 && (
          <Fact name={check.notBefore}>
            <Times cosignatures={beacon.cosignatures} />
          </Fact>
        )}
        {cosignatures.length > 0 && (
          <Fact name={check.witnessedBy}>
            <Times cosignatures={cosignatures} />
          </Fact>
        )}
        <Fact name={check.logPosition}>
          {String(bundle.header.index)} / {String(head.checkpoint.size)}
        </Fact>
        <Fact name={check.key}>
          <code>{toHex(record.kid)}</code>
        </Fact>
      </dl>
    </>
  );
}

/** What no proof of this kind shows; with witnesses on both sides, the time is not among it. */
function Limits({ outcome: { proof } }: { readonly outcome: Verified }) {
  const { check } = useTexts();
  const dated = proof.notBefore !== undefined && proof.notAfter !== undefined;
  const { sensor, place, time, page } = check.limits;
  return (
    <div class="limits" data-limits={dated ? "dated" : "undated"}>
      <h4>{check.notProved}</h4>
      <ul>
        {[sensor, place, ...(dated ? [] : [time]), page].map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </div>
  );
}

function VerifiedPanel({ outcome, asked }: { readonly outcome: Verified; readonly asked: boolean }) {
  const { check } = useTexts();
  const { proof, trust } = outcome;
  const checked = proof.steps.filter(({ status }) => status === "checked").length;
  const pin = { "first-use": check.pinFirst, unkept: check.pinUnkept, known: check.pinKnown, updated: check.pinUpdated }[trust.state];
  const { subject } = proof.device.claims;
  const place = proof.device.label === undefined ? subject : `${subject} (${proof.device.label})`;
  return (
    <>
      <div class="verdict-head good">
        <svg class="seal" viewBox="0 0 40 40" aria-hidden="true">
          <circle cx="20" cy="20" r="18" />
          <path d="m12 20.5 5.6 5.6L28.5 14" />
        </svg>
        <div>
          <h3>{check.verified}</h3>
          <p>{check.verifiedLead(String(proof.record.sequence.seq), place)}</p>
          <p class="quiet">{check.steps(checked, proof.steps.length - checked)}</p>
        </div>
        {proof.device.simulated && <SimulatedMark />}
      </div>
      <p class="pin" data-pin={trust.state}>
        {pin}
      </p>
      <StepList outcome={outcome} asked={asked} />
      <Facts outcome={outcome} />
      <Limits outcome={outcome} />
    </>
  );
}

function FailedPanel({ outcome, asked, onTrustNewRoots }: VerdictProps & { readonly outcome: Failed }) {
  const { check, steps } = useTexts();
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
      <StepList outcome={outcome} asked={asked} />
    </>
  );
}

function Pending({ waiting }: { readonly waiting: boolean }) {
  const { check } = useTexts();
  return (
    <div class="verdict-head" role="status">
      <span class="spinner" aria-hidden="true" />
      <div>
        <h3>{waiting ? check.waiting : check.checking}</h3>
        {waiting && <p>{check.waitingHint}</p>}
      </div>
    </div>
  );
}

export function Verdict(props: VerdictProps) {
  const { outcome, waiting, asked, onAgain } = props;
  const { check, common } = useTexts();
  if (outcome === undefined) {
    return (
      <div class="verdict" data-verdict="pending" data-waiting={waiting ? "not-yet-published" : "checking"}>
        <Pending waiting={waiting} />
      </div>
    );
  }
  if (outcome.state === "unavailable") {
    return (
      <div class="verdict" data-verdict="unavailable" role="alert">
        <h3>{check.unavailable}</h3>
        <p class="says">{outcome.detail}</p>
        {onAgain !== undefined && (
          <button type="button" class="plain" onClick={onAgain}>
            {common.retry}
          </button>
        )}
      </div>
    );
  }
  if (outcome.state === "failed") {
    return (
      <div class="verdict" data-verdict="failed" data-failed-step={outcome.step} data-reason={outcome.reason}>
        <FailedPanel {...props} outcome={outcome} />
      </div>
    );
  }
  const { record, device } = outcome.proof;
  return (
    <div
      class="verdict"
      data-verdict="verified"
      data-subject={device.claims.subject}
      data-seq={String(record.sequence.seq)}
      data-simulated={String(device.simulated)}
    >
      <VerifiedPanel outcome={outcome} asked={asked} />
    </div>
  );
}
