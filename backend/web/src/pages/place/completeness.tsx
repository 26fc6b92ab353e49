/** Whether anything is missing: the server's account of a device's numbers, as a sentence and a strip with visible holes. */

import type { Completeness as Account, Device, Ranges } from "../../api/types.ts";
import { count, moment } from "../../format/time.ts";
import { useTexts } from "../../hooks/language.tsx";
import { type CompletenessTexts, completenessTexts } from "../../texts/completeness.ts";
import type { Language } from "../../texts/language.ts";
import { type Cell, FATES, type Fate, cellsOf, readingsIn } from "./fates.ts";
import { useCompleteness } from "./usePlace.ts";

/** More ranges than that nobody reads in a sentence. */
const MAX_NAMED = 6;
const CELL = 10;
const HEIGHT = 34;
/** How far below the others a hole stands. */
const HOLE_TOP = 12;

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
        {cells.map((cell, i) => {
          const hole = cell.fate === "lost";
          return (
            <rect
              key={cell.first}
              class={`fate fate-${cell.fate}`}
              data-fate={cell.fate}
              x={i * CELL + 1}
              y={hole ? HOLE_TOP : 1}
              width={CELL - 2}
              height={hole ? HEIGHT - HOLE_TOP - 1 : HEIGHT - 2}
            >
              <title>{`${cell.first === cell.last ? cell.first : `${cell.first}–${cell.last}`}: ${texts.fates[cell.fate]}`}</title>
            </rect>
          );
        })}
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
          <svg viewBox="0 0 12 12" aria-hidden="true">
            <rect class={`fate fate-${fate}`} x="1" y="1" width="10" height="10" />
          </svg>
          {texts.fates[fate]}
        </li>
      ))}
    </ul>
  );
}

/** What else there is to say, a line each. */
function remarks(account: Account, texts: CompletenessTexts, language: Language): readonly string[] {
  const { counts, silent_since, silence_clock, withdrawn, truncated } = account;
  const said = (["skipped", "thinned", "rejected", "pruned"] as const satisfies readonly Fate[]).filter((fate) => counts[fate] > 0);
  return [
    ...(silent_since === null ? [] : [texts.silent(moment(silent_since, language), silence_clock ?? "backend")]),
    ...(withdrawn === null ? [] : [texts.withdrawn(String(withdrawn.log_index))]),
    ...(counts.equivocated > 0 ? [texts.equivocated(count(counts.equivocated, language))] : []),
    ...(counts.conflicts > 0 ? [texts.conflicts(count(counts.conflicts, language))] : []),
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
