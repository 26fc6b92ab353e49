/** What waits to be sent, and what became of it. */

import { useEffect, useState } from "preact/hooks";
import { type Entry, nextOf } from "../../crew/outbox.ts";
import { moment } from "../../format/time.ts";
import { placeName } from "../../format/value.ts";
import { useTexts } from "../../hooks/language.tsx";
import { crewTexts } from "../../texts/crew.ts";
import { ConflictView } from "./conflict.tsx";
import type { Crew } from "./crew.tsx";
import { Picture } from "./photos.tsx";
import { VisitWords } from "./visitview.tsx";

function KeptPhotos({ crew, entry }: { readonly crew: Crew; readonly entry: Entry }) {
  const { language } = useTexts();
  const texts = crewTexts[language];
  const [photos, setPhotos] = useState<readonly Blob[]>([]);
  const left = entry.photos.filter(({ state }) => state !== "sent").map(({ id }) => id);
  useEffect(() => {
    void Promise.all(left.map((id) => crew.store.photo(id))).then((found) => setPhotos(found.filter((each) => each !== undefined)));
  }, [left.join()]);
  if (photos.length === 0) return null;
  return (
    <p class="thumbs">
      {photos.map((photo, index) => (
        <Picture key={left[index]} photo={photo} alt={texts.photoAlt(index + 1)} />
      ))}
    </p>
  );
}

function Photos({ entry }: { readonly entry: Entry }) {
  const { language } = useTexts();
  const texts = crewTexts[language];
  const count = (state: string): number => entry.photos.filter((photo) => photo.state === state).length;
  if (entry.photos.length === 0) return null;
  return (
    <p class="quiet">
      {texts.photosOf(count("sent"), entry.photos.length)}
      {count("refused") > 0 && ` · ${texts.photosRefused(count("refused"))}`}
    </p>
  );
}

export function DropButton({ onDrop }: { readonly onDrop: () => void }) {
  const { language } = useTexts();
  const texts = crewTexts[language];
  const [sure, setSure] = useState(false);
  return (
    <button type="button" class="plain danger" data-action="drop" data-sure={sure} onClick={() => (sure ? onDrop() : setSure(true))} onBlur={() => setSure(false)}>
      {sure ? texts.dropSure : texts.drop}
    </button>
  );
}

function Item({ crew, entry, sending }: { readonly crew: Crew; readonly entry: Entry; readonly sending: boolean }) {
  const { language, common } = useTexts();
  const texts = crewTexts[language];
  const { outbox } = crew;
  const state = sending ? "sending" : entry.state;
  return (
    <li class="card queue-item" data-entry-state={entry.state} data-entry={entry.visit}>
      <p class="queue-head">
        <a href={`#${entry.subject}`}>{placeName(entry.subject, common)}</a>
        <span class={`sign ${entry.state === "conflict" || entry.state === "refused" ? "bad" : entry.state === "sent" ? "good" : "warn"}`}>{texts.states[state]}</span>
      </p>
      <p class="quiet">{moment(entry.made, language)}</p>
      {entry.state !== "conflict" && <VisitWords said={entry.written} />}
      <Photos entry={entry} />
      <KeptPhotos crew={crew} entry={entry} />
      {entry.state === "conflict" && <ConflictView entry={entry} outbox={outbox} />}
      {entry.state === "refused" && (
        <>
          <p class="trouble">{texts.refusedHint(entry.problem ?? "")}</p>
          <p class="downloads">
            <button type="button" data-action="try-again" onClick={() => void outbox.sendAnyway(entry, entry.written)}>
              {texts.tryAgain}
            </button>
            <DropButton onDrop={() => void outbox.drop(entry)} />
          </p>
        </>
      )}
    </li>
  );
}

export function QueuePage({ crew }: { readonly crew: Crew }) {
  const { language } = useTexts();
  const texts = crewTexts[language];
  const { outbox, oneself } = crew;
  const mine = outbox.entries.filter(({ account }) => account === oneself.account);
  const others = outbox.entries.filter(({ account, state }) => account !== oneself.account && state !== "sent").length;
  const next = nextOf(mine, oneself.account)?.key;
  const shown = [...mine].sort((a, b) => b.number - a.number);
  return (
    <div data-panel="queue">
      <h1>{texts.queue}</h1>
      <p class="quiet">{mine.some(({ state }) => state !== "sent") ? texts.queueLead : texts.queueEmpty}</p>
      {others > 0 && <p class="note">{texts.ofOthers(others)}</p>}
      {next !== undefined && (
        <p class="downloads">
          <button type="button" data-action="send-now" disabled={outbox.sending} onClick={outbox.sync}>
            {texts.sendNow}
          </button>
        </p>
      )}
      <ul class="queue" aria-live="polite">
        {shown.map((entry) => (
          <Item key={entry.key} crew={crew} entry={entry} sending={outbox.sending && entry.key === next} />
        ))}
      </ul>
    </div>
  );
}
