/** A log entry whose proof holds: kind, issuer, subject, what is proved, what it says, what is left open. */

import { useTexts } from "../hooks/language.tsx";
import { entryTexts } from "../texts/entry.ts";
import type { EntryVerified, OnlyLogged } from "../trust/file.ts";
import type { Entry } from "../verifier/entry.ts";
import type { StepReport } from "../verifier/errors.ts";
import { Anchors } from "./anchors.tsx";
import { EntryContent } from "./entrycontent.tsx";
import { SimulatedMark } from "./frame.tsx";
import { Folded, GoodHead, Pin } from "./panel.tsx";
import { type Sentence, Sentences, doubts, provedOfEntry, publicSince, useSpeech, witnesses } from "./proved.tsx";
import { StepList } from "./steps.tsx";

/** The subject that an entry names; a policy and a batch name none. */
function subjectOf(entry: Entry): string | undefined {
  return entry.kind === "policy" || entry.kind === "batch" ? undefined : entry.content.claims.subject;
}

function counted(steps: readonly StepReport[]): readonly [number, number] {
  const checked = steps.filter(({ status }) => status === "checked").length;
  return [checked, steps.length - checked];
}

/** Names an enrolment's key or a statement's signer may be missing from a list of withdrawn keys: only these have one. */
function canBeRevoked({ entry }: EntryVerified): boolean {
  return entry.enrolment !== undefined || entry.entry.kind === "enrolment";
}

function useLimits(outcome: EntryVerified): readonly Sentence[] {
  const { check } = useTexts();
  const speech = useSpeech();
  const { open } = speech.texts;
  const { entry, trust } = outcome;
  return [
    ...(trust.policy.quorum === 0n ? [{ id: "witnesses", says: open.witnesses }] : []),
    ...(entry.standing === undefined && canBeRevoked(outcome) ? [{ id: "revocation", says: open.revocation }] : []),
    ...(entry.standing === undefined ? [] : doubts([entry.standing], speech)),
    { id: "truth", says: open.truth },
    { id: "page", says: check.limits.page },
  ];
}

export function EntryPanel({ outcome, asked }: { readonly outcome: EntryVerified; readonly asked: boolean }) {
  const { check, language } = useTexts();
  const texts = entryTexts[language];
  const speech = useSpeech();
  const limits = useLimits(outcome);
  const { entry, track, form, trust } = outcome;
  const { kind } = entry.entry;
  const simulated = entry.entry.kind === "enrolment" && entry.entry.content.simulated;
  return (
    <div
      class="verdict"
      data-verdict="verified"
      data-track={track}
      data-kind={kind}
      data-issuer={entry.issuer}
      data-subject={entry.subject ?? ""}
      data-index={String(entry.bundle.entry.index)}
    >
      <GoodHead title={check.verified} lead={texts.about(texts.kinds[kind], speech.place(entry.issuer), entry.subject && speech.place(entry.subject))}>
        {simulated && <SimulatedMark />}
      </GoodHead>
      <EntryContent entry={entry.entry} signedBy={entry.issuer} />
      <section data-proof="proved">
        <h4>{speech.texts.heading}</h4>
        <Sentences of={provedOfEntry(entry, trust.policy, speech)} status="checked" />
      </section>
      <Anchors of={entry.anchored} />
      <section data-limits="entry">
        <h4>{check.notProved}</h4>
        <Sentences of={limits} status="not-checked" />
      </section>
      {form !== undefined && track !== "entry" && (
        <Folded title={texts.formSteps} hint={check.steps(...counted(form))}>
          <StepList track={track} reports={form} asked={false} />
        </Folded>
      )}
      <Folded title={speech.texts.everyStep} hint={check.steps(...counted(entry.steps))}>
        <StepList track="entry" reports={entry.steps} asked={asked} />
      </Folded>
      <Pin trust={trust} />
    </div>
  );
}

/** An entry that is in the log, though nobody could check here who signed it. */
export function LoggedPanel({ outcome }: { readonly outcome: OnlyLogged }) {
  const { check, language } = useTexts();
  const texts = entryTexts[language];
  const speech = useSpeech();
  const { inclusion, track, trust, why } = outcome;
  const { entry, head, index } = inclusion;
  const size = head?.checkpoint.size;
  const { open } = speech.texts;
  const proved: readonly Sentence[] = [
    ...(size === undefined ? [] : [{ id: "listed", says: speech.texts.isEntry(String(index), String(size)) }]),
    ...(size === undefined ? [{ id: "receipt", says: speech.texts.receipt(String(index)) }] : []),
    ...publicSince(head, trust.policy, speech),
    ...witnesses(head, trust.policy, speech),
  ];
  const limits: readonly Sentence[] = [
    { id: "issuer", says: open.issuer },
    ...(head === undefined ? [{ id: "receipt", says: open.receipt }] : []),
    { id: "truth", says: open.truth },
    { id: "page", says: check.limits.page },
  ];
  return (
    <div class="verdict" data-verdict="logged" data-track={track} data-kind={entry.kind} data-index={String(index)}>
      <div class="verdict-head partly">
        <svg class="seal" viewBox="0 0 40 40" aria-hidden="true">
          <circle cx="20" cy="20" r="18" />
          <path d="M13 20h14" />
        </svg>
        <div>
          <h3>{texts.logged}</h3>
          <p>{texts.unattributed(texts.kinds[entry.kind], subjectOf(entry))}</p>
          <p>{texts.loggedLead(why)}</p>
        </div>
      </div>
      <EntryContent entry={entry} signedBy={undefined} />
      <section data-proof="proved">
        <h4>{speech.texts.heading}</h4>
        <Sentences of={proved} status="checked" />
      </section>
      <section data-limits="entry">
        <h4>{check.notProved}</h4>
        <Sentences of={limits} status="not-checked" />
      </section>
      <Folded title={speech.texts.everyStep} hint={check.steps(...counted(inclusion.steps))}>
        <StepList track={track} reports={inclusion.steps} asked={false} />
      </Folded>
      <Pin trust={trust} />
    </div>
  );
}
