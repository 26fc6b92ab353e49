/** What the log holds about a place besides readings: enrolments, withdrawals, statements, each with a page that checks it. */

import type { ListedEntry, Subject } from "../../api/types.ts";
import { useTexts } from "../../hooks/language.tsx";
import { type EntryTexts, entryTexts } from "../../texts/entry.ts";
import { useEntriesAbout } from "./usePlace.ts";

function kindOf(kind: string, texts: EntryTexts): string {
  return (texts.kinds as Readonly<Record<string, string>>)[kind] ?? kind;
}

function Row({ entry, texts }: { readonly entry: ListedEntry; readonly texts: EntryTexts }) {
  return (
    <li data-entry={entry.index} data-kind={entry.kind}>
      <a href={`/entry?index=${entry.index}`}>{kindOf(entry.kind, texts)}</a>
      <span class="quiet">
        {entry.issuer ?? ""} · {texts.entry(String(entry.index))}
      </span>
    </li>
  );
}

/** Nothing where the server lists nothing. */
export function OnRecord({ device }: { readonly device: Subject }) {
  const { language } = useTexts();
  const texts = entryTexts[language];
  const entries = useEntriesAbout(device);
  if (entries.length === 0) return null;
  return (
    <section class="card" data-panel="record">
      <h2>{texts.onRecord}</h2>
      <p class="quiet">{texts.onRecordLead}</p>
      <ul class="entries">
        {entries.map((entry) => (
          <Row key={entry.index} entry={entry} texts={texts} />
        ))}
      </ul>
    </section>
  );
}
