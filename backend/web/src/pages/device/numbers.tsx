/** What became of every number of the device: a strip over its life, counts, ranges, each with the bytes that show it. */

import { useEffect, useState } from "preact/hooks";
import type { Completeness, Ranges } from "../../api/types.ts";
import { Files } from "../../components/files.tsx";
import { count, moment } from "../../format/time.ts";
import { useTexts } from "../../hooks/language.tsx";
import { completenessTexts } from "../../texts/completeness.ts";
import { deviceTexts } from "../../texts/device.ts";
import { type Cell, cellsOf } from "../place/fates.ts";
import { EvidenceDialog } from "./evidence.tsx";
import { type Loaded, fetchReadingUpTo } from "./useDevice.ts";
import type { Who } from "./who.ts";

/** Newest ranges of a fate that are listed; the file has all. */
const LISTED = 6;
/** Marks below the strip: one at each end, and between. */
const MARKS = 4;
const SHOWN = ["lost", "rejected", "thinned", "skipped", "pruned", "received"] as const;

type Ask = (seq: number) => void;

/** When the numbers at the marks were used, as their readings say. */
function useMarks(kid: string, highest: number): readonly (string | undefined)[] {
  const [found, setFound] = useState<readonly (string | undefined)[]>([]);
  useEffect(() => {
    let current = true;
    const at = Array.from({ length: MARKS }, (_, i) => Math.round((highest * i) / (MARKS - 1)));
    Promise.all(at.map((seq) => fetchReadingUpTo(kid, seq))).then(
      (readings) => current && setFound(readings.map((each) => (each === undefined ? undefined : (each.time ?? each.received)))),
      (error: unknown) => console.warn("marks", String(error)),
    );
    return () => {
      current = false;
    };
  }, [kid, highest]);
  return found;
}

function Strip({ cells, marks, onAsk }: { readonly cells: readonly Cell[]; readonly marks: readonly (string | undefined)[]; readonly onAsk: Ask }) {
  const { language } = useTexts();
  const texts = completenessTexts[language];
  const [first, last] = [cells[0]?.first ?? 0, cells.at(-1)?.last ?? 0];
  return (
    <figure class="timeline">
      <div class="timeline-cells" role="img" aria-label={texts.stripLabel(String(first), String(last))}>
        {cells.map((cell) => (
          <span
            key={cell.first}
            class={`cell cell-${cell.fate}`}
            data-fate={cell.fate}
            title={`${cell.first === cell.last ? cell.first : `${cell.first}–${cell.last}`}: ${texts.fates[cell.fate]}`}
            onClick={() => onAsk(cell.first)}
          />
        ))}
      </div>
      <figcaption>
        {marks.map((time, i) => (
          <span key={i}>{time === undefined ? "" : moment(time, language)}</span>
        ))}
      </figcaption>
    </figure>
  );
}

function Row({ fate, total, ranges, onAsk }: { readonly fate: (typeof SHOWN)[number]; readonly total: number; readonly ranges: Ranges; readonly onAsk: Ask }) {
  const { language } = useTexts();
  const texts = deviceTexts[language];
  const newest = ranges.slice(-LISTED).reverse();
  const rest = ranges.length - newest.length;
  return (
    <tr data-fate-row={fate} data-count={total}>
      <th scope="row">
        <span class={`cell cell-${fate}`} aria-hidden="true" /> {completenessTexts[language].fates[fate]}
      </th>
      <td class="figure">{count(total, language)}</td>
      <td>
        {newest.map(([first, last]) => (
          <button key={first} type="button" class="range" data-action="evidence" data-seq={first} onClick={() => onAsk(first)}>
            {first === last ? String(first) : `${first}–${last}`}
            <span class="unseen"> {texts.showEvidence}</span>
          </button>
        ))}
        {rest > 0 && <span class="quiet">{texts.moreRanges(rest, count(rest, language))}</span>}
      </td>
    </tr>
  );
}

function Account({ account, who }: { readonly account: Completeness; readonly who: Who }) {
  const { language } = useTexts();
  const [texts, own] = [completenessTexts[language], deviceTexts[language]];
  const [asked, setAsked] = useState<number | undefined>();
  const marks = useMarks(who.kid, account.highest ?? 0);
  const { counts, silent_since: silent, silence_clock: clock, withdrawn } = account;
  const shown = SHOWN.filter((fate) => fate !== "pruned" || counts.pruned > 0);
  return (
    <>
      <p class={counts.lost > 0 ? "unproved" : "proved"} data-lost={counts.lost}>
        {counts.lost > 0 ? own.missing(counts.lost, count(counts.lost, language)) : `✓ ${texts.complete(count(counts.received + counts.thinned + counts.rejected, language))}`}
      </p>
      <p class={silent === null ? "quiet" : "elsewhere"} data-silent={silent !== null}>
        {silent === null ? own.notSilent : texts.silent(moment(silent, language), clock ?? "backend")}
      </p>
      {withdrawn !== null && (
        <p>
          {texts.withdrawn(String(withdrawn.log_index))} <a href={`/entry?index=${withdrawn.log_index}`}>{own.entry(String(withdrawn.log_index))}</a>
        </p>
      )}
      <Strip cells={cellsOf(account)} marks={marks} onAsk={setAsked} />
      <div class="scroll" tabIndex={0} role="region" aria-label={texts.heading}>
        <table class="fates">
          <thead>
            <tr>
              <th scope="col">{own.fate}</th>
              <th scope="col">{own.howMany}</th>
              <th scope="col">{own.evidence}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((fate) => (
              <Row key={fate} fate={fate} total={counts[fate]} ranges={account[fate]} onAsk={setAsked} />
            ))}
          </tbody>
        </table>
      </div>
      {counts.equivocated > 0 && <p class="elsewhere">{texts.equivocated(count(counts.equivocated, language))}</p>}
      {counts.conflicts > 0 && <p class="elsewhere">{texts.conflicts(count(counts.conflicts, language))}</p>}
      <p class="note">
        {texts.ownAccount} <a href="/log/checkpoint">{texts.asOf(count(account.as_of, language))}</a>
      </p>
      {asked !== undefined && <EvidenceDialog who={who} seq={asked} onClose={() => setAsked(undefined)} />}
    </>
  );
}

export function Numbers({ found, who }: { readonly found: Loaded<Completeness>; readonly who: Who }) {
  const { language, common } = useTexts();
  const texts = completenessTexts[language];
  return (
    <section class="card" data-panel="numbers" data-state={found.state}>
      <h2>{texts.heading}</h2>
      <p class="quiet">{texts.lead}</p>
      {found.state === "loading" && <p class="quiet">{common.loading}</p>}
      {found.state === "error" && <p role="alert">{texts.unavailable}</p>}
      {found.state === "ready" && (found.value.highest === null ? <p class="quiet">{common.noReading}</p> : <Account account={found.value} who={who} />)}
      <Files path={`/api/v1/devices/${who.kid}/completeness`} of={texts.heading} />
    </section>
  );
}
