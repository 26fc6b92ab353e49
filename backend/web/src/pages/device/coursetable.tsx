/** The same readings as a table, for whoever sees no chart. */

import { useState } from "preact/hooks";
import { ProofButton } from "../../components/checkdialog.tsx";
import { count, moment } from "../../format/time.ts";
import { useTexts } from "../../hooks/language.tsx";
import { deviceTexts } from "../../texts/device.ts";
import { useShown } from "./shown.ts";
import type { Measured, Series } from "./types.ts";
import { type Who, readingOf } from "./who.ts";

/** Rows that are there at once; more when asked for. */
const ROWS = 25;

interface TableProps {
  readonly who: Who;
  readonly measured: Measured;
  readonly series: Series;
}

export function CourseTable({ who, measured, series }: TableProps) {
  const { common, language } = useTexts();
  const texts = deviceTexts[language];
  const shown = useShown(measured);
  const [rows, setRows] = useState(ROWS);
  const newest = [...series.points].reverse();
  const rest = newest.length - rows;
  return (
    <details class="folded" data-table={measured.name}>
      <summary>
        <span>{texts.table}</span> <span class="quiet">{texts.rows(newest.length, count(newest.length, language))}</span>
      </summary>
      <div class="scroll" tabIndex={0} role="region" aria-label={texts.table}>
        <table>
          <thead>
            <tr>
              <th scope="col">{texts.time}</th>
              <th scope="col">{common.measurements[measured.name] ?? measured.name}</th>
              <th scope="col">{texts.numberHead}</th>
              <th scope="col">{texts.proof}</th>
            </tr>
          </thead>
          <tbody>
            {newest.slice(0, rows).map((each) => (
              <tr key={each.seq} data-row={each.seq}>
                <td>{moment(each.time, language)}</td>
                <td>{shown(each)}</td>
                <td>{each.seq}</td>
                <td>
                  {each.pruned ? (
                    <span class="quiet">{texts.pruned}</span>
                  ) : (
                    <ProofButton subject={who.subjectAt(each.log_index)} reading={readingOf(who.kid, each)} of={texts.number(String(each.seq))} />
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rest > 0 && (
        <button type="button" class="plain" data-action="more-rows" onClick={() => setRows(rows + 10 * ROWS)}>
          {texts.moreRows(rest, count(rest, language))}
        </button>
      )}
    </details>
  );
}
