/** What was done in a district, and whether the public log fixes it. */

import { useEffect, useState } from "preact/hooks";
import { Files } from "../../components/files.tsx";
import { Notice } from "../../components/frame.tsx";
import { moment } from "../../format/time.ts";
import { useTexts } from "../../hooks/language.tsx";
import { Trouble } from "../../staff/parts.tsx";
import { useDeed } from "../../staff/useDeed.ts";
import { peopleTexts } from "../../texts/people.ts";
import { type Line, fetchTrail } from "./api.ts";

/** What was said of a deed, for people who look closely. */
function said(detail: Line["detail"]): string {
  return Object.entries(detail)
    .map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join("; ");
}

function LineRow({ line }: { readonly line: Line }) {
  const { language } = useTexts();
  const texts = peopleTexts[language];
  const detail = said(line.detail);
  return (
    <li data-line={line.position} data-action-name={line.action} data-entry={line.entry ?? "none"}>
      <p class="watch-name">
        <span>{texts.actions[line.action] ?? line.action}</span>
        {line.entry === null ? (
          <span class="state state-open">{texts.unproved}</span>
        ) : (
          <a class="state state-good" href={`/entry?index=${line.entry}`}>
            {texts.proved}
          </a>
        )}
      </p>
      <p class="quiet facts">
        <span>{moment(line.time, language)}</span>
        <span>{line.name}</span>
        <span>{line.target}</span>
        <span>{line.district}</span>
      </p>
      {detail !== "" && (
        <p class="quiet address">
          <code>{detail}</code>
        </p>
      )}
    </li>
  );
}

export function TrailList({ district }: { readonly district: string }) {
  const { common, language } = useTexts();
  const texts = peopleTexts[language];
  const [items, setItems] = useState<readonly Line[]>();
  const [next, setNext] = useState<string | null>(null);
  const { running, trouble, run } = useDeed();
  const load = async (cursor: string | null): Promise<void> => {
    const found = await fetchTrail(district, cursor);
    setItems((before) => [...(cursor === null ? [] : (before ?? [])), ...found.items]);
    setNext(found.next);
  };
  useEffect(() => run(() => load(null)), []);
  if (items === undefined) return trouble === undefined ? <Notice kind="loading" title={common.loading} /> : <Trouble text={trouble} />;
  return (
    <section class="card staff-list" data-list="trail" data-count={items.length}>
      <h2>{texts.trail}</h2>
      <p class="quiet">{texts.trailLead}</p>
      <ul>
        {items.map((line) => (
          <LineRow key={line.position} line={line} />
        ))}
      </ul>
      <Files path={`/api/v1/districts/${encodeURIComponent(district)}/audit-trail`} of={texts.trail} />
      <Trouble text={trouble} />
      {next !== null && (
        <button type="button" class="plain" disabled={running} data-action="more" onClick={() => run(() => load(next))}>
          {texts.more}
        </button>
      )}
    </section>
  );
}
