/** Whether anything is missing: the server's account of a device's numbers, as a sentence and a strip with visible holes. */

import type { Completeness as Account, Device, Ranges } from "../../api/types.ts";
import { count, moment } from "../../format/time.ts";
import { useTexts } from "../../hooks/language.tsx";
import { type CompletenessTexts, FATES, type Fate, completenessTexts } from "../../texts/completeness.ts";
import type { Language } from "../../texts/language.ts";
import { type Cell, cellsOf, readingsIn } from "./fates.ts";
import { useCompleteness } from "./usePlace.ts";

/** More ranges than that nobody reads in a sentence. */
const MAX_NAMED = 6;
const CELL = 10;
const HEIGHT = 34;
/** How high a fate's bar stands, so that nobody needs its colour: what never was a reading stays low. */
const HEIGHTS: Readonly<Record<Fate, number>> = {
  received: 1,
  pruned: 1,
  rejected: 1,
  lost: 1,
  unknown: 1,
  thinned: 0.5,
  skipped: 0.15,
};

function Bar({ fate, at, title }: { readonly fate: Fate; readonly at: number; readonly title?: string }) {
  const height = (HEIGHT - 2) * HEIGHTS[fate];
  return (
    <rect class={`fate fate-${fate}`} data-fate={title && fate} x={at * CELL + 1} y={HEIGHT - 1 - height} width={CELL - 2} height={height}>
      {title !== undefined && <title>{title}</title>}
    </rect>
  );
}

function titleOf({ first, last, fate }: Cell, texts: CompletenessTexts): string {
  return `${first === last ? first : `${first}–${last}`}: ${texts.fates[fate]}`;
}

/** "17–19, 23 and 4 more". */
function numbersOf(lost: Ranges, total: number, texts: CompletenessTexts, language: Language): string {
  const named = lost.slice(-MAX_NAMED);
  const listed = named.map(([first, last]) => (first === last ? String(first) : `${first}–${last}`)).join(", ");
  const rest = total - named.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  return rest > 0 ? `${listed}, ${texts.more(count(rest, language))}` : listed;
}

function Strip({ cells, texts }: { readonly cells: readonly Cell[]; readonly texts: CompletenessTexts }) {
  const [first, last] = [cells[0]?.first, cells.at(-1)?.last];
  const label = texts.stripLabel(String(first), String(last));
  return (
    <figure class="strip">
      <svg viewBox={`0 0 ${cells.length * CELL} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
        {cells.map((cell, i) => (
          <Bar key={cell.first} fate={cell.fate} at={i} title={titleOf(cell, texts)} />
        ))}
      </svg>
      <figcaption>
        <span>{first}</span>
        <span>{last}</span>
      </figcaption>
    </figure>
  );
}

/** What the colours of the strip mean, of those that it has. */
function Legend({ cells, texts }: { readonly cells: readonly Cell[]; readonly texts: CompletenessTexts }) {
  const shown = FATES.filter((fate) => cells.some((cell) => cell.fate === fate)).reverse();
  if (shown.length < 2) return null;
  return (
    <ul class="legend">
      {shown.map((fate) => (
        <li key={fate}>
          <svg viewBox={`0 0 ${CELL} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
            <Bar fate={fate} at={0} />
          </svg>
          {texts.fates[fate]}
        </li>
      ))}
    </ul>
  );
}

/** What should worry a reader besides holes. */
function warnings({ counts, silent_since, silence_clock }: Account, texts: CompletenessTexts, language: Language): readonly string[] {
  return [
    ...(silent_since === null ? [] : [texts.silent(moment(silent_since, language), silence_clock ?? "backend")]),
    ...(counts.equivocated > 0 ? [texts.equivocated(count(counts.equivocated, language))] : []),
    ...(counts.conflicts > 0 ? [texts.conflicts(count(counts.conflicts, language))] : []),
  ];
}

/** What else there is to say, a line each. */
function remarks({ counts, withdrawn, truncated }: Account, texts: CompletenessTexts, language: Language): readonly string[] {
  const said = (["skipped", "thinned", "rejected", "pruned"] as const satisfies readonly Fate[]).filter((fate) => counts[fate] > 0);
  return [
    ...(withdrawn === null ? [] : [texts.withdrawn(String(withdrawn.log_index))]),
    ...said.map((fate) => texts.explained(fate, count(counts[fate], language))),
    ...(truncated ? [texts.truncated] : []),
  ];
}

function AccountOf({ account }: { readonly account: Account }) {
  const { language } = useTexts();
  const texts = completenessTexts[language];
  const { counts, lost } = account;
  const cells = cellsOf(account);
  const missing = counts.lost > 0;
  return (
    <>
      <p class={missing ? "unproved" : "proved"} data-lost={counts.lost}>
        {missing
          ? texts.missing(counts.lost, numbersOf(lost, counts.lost, texts, language))
          : `✓ ${texts.complete(count(readingsIn(account), language))}`}
      </p>
      {warnings(account, texts, language).map((line) => (
        <p key={line} class="elsewhere" role="status">
          {line}
        </p>
      ))}
      <Strip cells={cells} texts={texts} />
      <Legend cells={cells} texts={texts} />
      <ul class="remarks">
        {remarks(account, texts, language).map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      <p class="note">
        {texts.ownAccount} {texts.asOf(count(account.as_of, language))}
      </p>
    </>
  );
}

export function Completeness({ device }: { readonly device: Device }) {
  const { language } = useTexts();
  const texts = completenessTexts[language];
  const account = useCompleteness(device);
  if (account === undefined || (account !== "unavailable" && account.highest === null)) return null;
  const silent = account !== "unavailable" && account.silent_since !== null;
  return (
    <section class="card" data-panel="completeness" data-available={account !== "unavailable"} data-silent={silent}>
      <h2>{texts.heading}</h2>
      <p class="quiet">{account === "unavailable" ? texts.unavailable : texts.lead}</p>
      {account !== "unavailable" && <AccountOf account={account} />}
    </section>
  );
}
