/** Two who wrote of one place: both side by side, and whoever wrote here decides what becomes of his. */

import { useId, useState } from "preact/hooks";
import { type Entry, isSameVisit } from "../../crew/outbox.ts";
import { moment } from "../../format/time.ts";
import { useTexts } from "../../hooks/language.tsx";
import { crewTexts } from "../../texts/crew.ts";
import { DropButton } from "./queue.tsx";
import type { Outbox } from "./useOutbox.ts";
import { VisitWords } from "./visitview.tsx";

interface Props {
  readonly entry: Entry;
  readonly outbox: Outbox;
}

export function ConflictView({ entry, outbox }: Props) {
  const { language } = useTexts();
  const texts = crewTexts[language];
  const [note, setNote] = useState(entry.written.note);
  const id = useId();
  const theirs = entry.conflict?.visits ?? [];
  const same = isSameVisit(entry);
  const join = (): void => setNote([...theirs.map((visit) => visit.note), note].filter((part) => part.trim() !== "").join("\n— \n"));
  return (
    <div class="conflict" role="group" aria-labelledby={`${id}-title`} data-conflict={same ? "same" : "new"}>
      <h2 id={`${id}-title`}>{texts.conflict}</h2>
      <p>{same ? texts.conflictSame : texts.conflictNew}</p>
      <div class="two">
        <section data-side="theirs">
          <h3>{texts.meanwhile}</h3>
          {theirs.map((visit) => (
            <div key={visit.id}>
              <p class="quiet">
                {moment(visit.made ?? visit.received, language)} · {visit.mine ? texts.you : texts.by(visit.author)}
              </p>
              <VisitWords said={visit} />
            </div>
          ))}
        </section>
        <section data-side="mine">
          <h3>{texts.yours}</h3>
          <VisitWords said={{ ...entry.written, note: "" }} />
          <label class="words" for={`${id}-note`}>
            {texts.yourWords}
          </label>
          <textarea id={`${id}-note`} rows={4} maxLength={2000} value={note} onInput={(event) => setNote(event.currentTarget.value)} />
        </section>
      </div>
      <p class="downloads">
        <button type="button" data-action="send-anyway" onClick={() => void outbox.sendAnyway(entry, { ...entry.written, note: note.trim() })}>
          {same ? texts.inPlace : texts.sendToo}
        </button>
        <button type="button" class="plain" data-action="join" onClick={join}>
          {texts.join}
        </button>
        <DropButton onDrop={() => void outbox.drop(entry)} />
        <a class="button plain" href="#">
          {texts.keep}
        </a>
      </p>
    </div>
  );
}
