/** Writing down a visit: how it ended, a note, care, photos, the reports that it settles. It is kept before anything is sent. */

import { useId, useState } from "preact/hooks";
import { CARES, OUTCOMES, type Outcome, type Sheet, type Visit, type Written } from "../../crew/types.ts";
import { newName } from "../../crew/names.ts";
import { useTexts } from "../../hooks/language.tsx";
import { crewTexts } from "../../texts/crew.ts";
import { reportTexts } from "../../texts/report.ts";
import type { Crew } from "./crew.tsx";
import { Photos } from "./photos.tsx";
import { useDraft } from "./useDraft.ts";

/** As many characters as the city takes. */
const MAX_NOTE = 2000;
const MAX_CARE_NOTE = 300;
const NOTHING: Written = { outcome: "done", note: "", care: [], care_note: "", reports: [] };

interface Props {
  readonly crew: Crew;
  readonly subject: string;
  readonly sheet: Sheet | undefined;
  /** The visit that is changed; undefined: a new one. */
  readonly changing: Visit | undefined;
  /** Name of the visit that was saved last. */
  readonly saved: string | undefined;
  readonly onSaved: (visit: string | undefined) => void;
  readonly onDone: () => void;
}

function toggled<T>(items: readonly T[], item: T): readonly T[] {
  return items.includes(item) ? items.filter((each) => each !== item) : [...items, item];
}

interface ChoicesProps<T extends string> {
  readonly legend: string;
  readonly hint?: string;
  readonly items: readonly T[];
  readonly chosen: readonly T[];
  readonly names: Readonly<Record<T, string>>;
  readonly onToggle: (item: T) => void;
}

function Ticks<T extends string>({ legend, hint, items, chosen, names, onToggle }: ChoicesProps<T>) {
  return (
    <fieldset>
      <legend>{legend}</legend>
      {hint !== undefined && <p class="note">{hint}</p>}
      {items.map((item) => (
        <label key={item} class="choice">
          <input type="checkbox" value={item} checked={chosen.includes(item)} onChange={() => onToggle(item)} />
          <span>{names[item]}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** Reports by what they say, for the ticks. */
function useReportNames(sheet: Sheet | undefined): Readonly<Record<string, string>> {
  const { language } = useTexts();
  const problems: Readonly<Record<string, string>> = reportTexts[language].problems;
  const said = sheet?.reports.map(({ id, category, text }) => [id, [problems[category] ?? category, text].filter((part) => part !== "").join(": ")]);
  return Object.fromEntries(said ?? []) as Readonly<Record<string, string>>;
}

/** What somebody types, from what the visit says already. */
function useWritten(changing: Visit | undefined) {
  const first: Written = changing ?? NOTHING;
  const [outcome, setOutcome] = useState<Outcome>(first.outcome);
  const [note, setNote] = useState(first.note);
  const [care, setCare] = useState(first.care);
  const [careNote, setCareNote] = useState(first.care_note);
  const [reports, setReports] = useState(first.reports);
  const written: Written = { outcome, note: note.trim(), care, care_note: careNote.trim(), reports };
  const set = (said: Written): void => {
    setOutcome(said.outcome);
    setNote(said.note);
    setCare(said.care);
    setCareNote(said.care_note);
    setReports(said.reports);
  };
  return { written, note, careNote, set, setOutcome, setNote, setCare, setCareNote, setReports };
}

export function VisitForm({ crew, subject, sheet, changing, saved, onSaved, onDone }: Props) {
  const { language } = useTexts();
  const texts = crewTexts[language];
  const { outbox, oneself, district } = crew;
  const form = useWritten(changing);
  const { written } = form;
  // What was on the screen when somebody began to write; what comes in meanwhile is news to him.
  const [base, setBase] = useState(sheet?.revision);
  const [photos, setPhotos] = useState<readonly Blob[]>([]);
  const [saving, setSaving] = useState(false);
  const id = useId();
  const reportNames = useReportNames(sheet);
  const drafts = useDraft(crew.store, changing === undefined ? `draft/${district}/${subject}` : undefined, written, form.set);
  const begin = (): void => {
    drafts.begin();
    if (base === undefined && sheet !== undefined) setBase(sheet.revision);
    onSaved(undefined);
  };
  const save = async (): Promise<void> => {
    setSaving(true);
    const visit = changing?.id ?? newName();
    const seen = base ?? sheet?.revision ?? 0;
    await outbox.add({ visit, account: oneself.account, district, subject, base: seen, made: new Date().toISOString(), written }, photos);
    void navigator.storage?.persist?.();
    setSaving(false);
    onSaved(visit);
    setBase(undefined);
    setPhotos([]);
    drafts.forget();
    form.set(NOTHING);
    onDone();
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    if (!saving) void save();
  };
  const entry = outbox.entries.find(({ visit }) => visit === saved);
  const isTree = subject.startsWith("tree/");
  const reports = [...new Set([...(changing?.reports ?? []), ...Object.keys(reportNames)])];
  return (
    <section class="card" data-panel="visit" data-saved={entry?.state ?? "none"}>
      <h2>{texts.record}</h2>
      {changing !== undefined && <p class="note">{texts.changing}</p>}
      <form class="report" onSubmit={submit} onInput={begin}>
        <fieldset>
          <legend>{texts.outcome}</legend>
          {OUTCOMES.map((each) => (
            <label key={each} class="choice">
              <input type="radio" name={`${id}-outcome`} value={each} checked={written.outcome === each} onChange={() => form.setOutcome(each)} />
              <span>{texts.outcomes[each]}</span>
            </label>
          ))}
        </fieldset>
        {reports.length > 0 && (
          <Ticks
            legend={texts.mends}
            hint={texts.mendsHint}
            items={reports}
            chosen={written.reports}
            names={reportNames}
            onToggle={(report) => form.setReports(toggled(written.reports, report))}
          />
        )}
        {isTree && (
          <>
            <Ticks legend={texts.care} hint={texts.careHint} items={CARES} chosen={written.care} names={texts.cares} onToggle={(each) => form.setCare(toggled(written.care, each))} />
            {written.care.length > 0 && (
              <>
                <label class="words" for={`${id}-care`}>
                  {texts.careNote}
                </label>
                <textarea id={`${id}-care`} rows={2} maxLength={MAX_CARE_NOTE} value={form.careNote} onInput={(event) => form.setCareNote(event.currentTarget.value)} />
              </>
            )}
          </>
        )}
        <label class="words" for={`${id}-note`}>
          {texts.note}
        </label>
        <textarea
          id={`${id}-note`}
          rows={4}
          maxLength={MAX_NOTE}
          value={form.note}
          aria-describedby={`${id}-hint`}
          data-field="note"
          onInput={(event) => form.setNote(event.currentTarget.value)}
        />
        <p id={`${id}-hint`} class="note">
          {texts.noteHint}
        </p>
        <Photos photos={photos} onPhotos={setPhotos} />
        <p class="downloads">
          <button type="submit" class="big" data-action="save-visit" disabled={saving}>
            {saving ? texts.saving : texts.save}
          </button>
          {changing !== undefined && (
            <button type="button" class="plain" data-action="cancel" onClick={onDone}>
              {texts.cancel}
            </button>
          )}
        </p>
      </form>
      <p role="status" class="saved">
        {entry !== undefined && (entry.state === "sent" ? texts.savedSent : entry.state === "waiting" ? texts.savedWaiting : texts.states[entry.state])}
      </p>
      {entry?.state === "conflict" && (
        <a class="button plain" href="#queue">
          {texts.conflict}
        </a>
      )}
    </section>
  );
}
