/** One measurement's course: a chart whose every point opens the proof of its reading, and the same as a table. */

import type uPlot from "uplot";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Reading } from "../../api/types.ts";
import { CheckDialog, ProofButton } from "../../components/checkdialog.tsx";
import { Files } from "../../components/files.tsx";
import { count, moment } from "../../format/time.ts";
import { nameOf, show } from "../../format/value.ts";
import { useTexts } from "../../hooks/language.tsx";
import { deviceTexts } from "../../texts/device.ts";
import { onScheme, readColours } from "../map/colours.ts";
import { plot, point } from "./plot.ts";
import { type Between, columnsOf, shownUnit } from "./span.ts";
import type { Measured, Series, SeriesPoint } from "./types.ts";
import { fetchSeries, seriesPath, useLoaded } from "./useDevice.ts";

/** Rows of the table that are there at once; more when asked for. */
const ROWS = 25;

export interface Who {
  readonly kid: string;
  /** What the device was when a batch with this index was logged. */
  readonly subjectAt: (logIndex: number) => string;
}

/** As much of a reading as its check needs: what it says comes from its proof. */
export function readingOf(kid: string, { time, seq, log_index, published, proof }: Pick<SeriesPoint, "time" | "seq" | "log_index" | "published" | "proof">): Reading {
  return { kid, seq, time, received: time, values: [], log_index, published, proof };
}

function useShown({ name, unit }: Measured) {
  const { common } = useTexts();
  return ({ value }: SeriesPoint): string => {
    const truth = unit === null && name === "lid" ? value === 1 : value;
    const { number, unit: written } = show({ name, unit, value: truth, text: String(Number(value.toPrecision(9))) }, common);
    return written === "" ? number : `${number} ${written}`;
  };
}

interface CanvasProps {
  readonly measured: Measured;
  readonly points: readonly SeriesPoint[];
  readonly label: string;
  readonly onChosen: (point: SeriesPoint) => void;
  readonly onZoom: (between: Between) => void;
}

function Canvas({ measured, points, label, onChosen, onZoom }: CanvasProps) {
  const { language, common } = useTexts();
  const texts = deviceTexts[language];
  const shown = useShown(measured);
  const target = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | undefined>(undefined);
  const asked = useRef({ onChosen, onZoom });
  asked.current = { onChosen, onZoom };
  const [at, setAt] = useState<number | undefined>();
  useEffect(() => {
    const element = target.current;
    if (element === null) return undefined;
    const { factor, unit } = shownUnit(measured.unit);
    const draw = (): void => {
      chart.current?.destroy();
      const look = { colours: readColours(), language, unit, share: measured.unit === "/", steps: measured.name === "lid" ? ([common.closed, common.open] as const) : undefined };
      chart.current = plot(element, columnsOf(points, factor), look, {
        moved: (index) => index !== undefined && setAt(index), // what was looked at last stays below the chart
        chosen: (index) => points[index] !== undefined && asked.current.onChosen(points[index]),
        zoomed: (between) => asked.current.onZoom(between),
      });
    };
    draw();
    const resized = new ResizeObserver(() => {
      if (chart.current !== undefined && element.clientWidth > 0) chart.current.setSize({ width: element.clientWidth, height: chart.current.height });
    });
    resized.observe(element);
    const stop = onScheme(draw);
    return () => {
      resized.disconnect();
      stop();
      chart.current?.destroy();
      chart.current = undefined;
    };
  }, [points, measured.name, measured.unit, language]);
  const pressed = (event: KeyboardEvent): void => {
    const last = points.length - 1;
    const from = at ?? (event.key === "ArrowLeft" ? points.length : -1);
    const to = { ArrowLeft: from - 1, ArrowRight: from + 1, Home: 0, End: last }[event.key];
    if (to !== undefined && chart.current !== undefined) {
      const index = Math.min(Math.max(to, 0), last);
      point(chart.current, index);
      setAt(index);
    } else if (event.key === "Enter" && at !== undefined && points[at] !== undefined) onChosen(points[at]);
    else return;
    event.preventDefault();
  };
  const here = at === undefined ? undefined : points[at];
  return (
    <>
      <div
        class="plot"
        ref={target}
        tabIndex={0}
        role="application"
        aria-label={label}
        aria-describedby="plot-keys"
        data-plot={measured.name}
        data-points={points.length}
        onKeyDown={pressed}
      />
      <p class="plot-at" role="status" data-at={here?.seq}>
        {here === undefined ? (
          <span class="quiet">{texts.pickPoint}</span>
        ) : (
          <>
            <strong>{shown(here)}</strong> · {moment(here.time, language)} · {texts.number(String(here.seq))}
          </>
        )}
      </p>
    </>
  );
}

interface TableProps {
  readonly who: Who;
  readonly measured: Measured;
  readonly series: Series;
}

function Table({ who, measured, series }: TableProps) {
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

interface CourseProps {
  readonly who: Who;
  readonly measured: Measured;
  readonly between: Between;
  readonly beat: number;
  readonly onZoom: (between: Between) => void;
}

export function Course({ who, measured, between, beat, onZoom }: CourseProps) {
  const { common, language } = useTexts();
  const texts = deviceTexts[language];
  const { name } = measured;
  const { found, again } = useLoaded(() => fetchSeries(who.kid, name, between), `${who.kid} ${name} ${between.from} ${between.to} ${beat}`);
  const [asked, setAsked] = useState<SeriesPoint | undefined>();
  const title = nameOf({ name, unit: null, value: 0, text: "" }, common);
  const series = found.state === "ready" ? found.value : undefined;
  return (
    <section class="card course" data-course={name} data-total={series?.total} data-state={found.state}>
      <div class="course-head">
        <h3>{title}</h3>
        {measured.value !== null && measured.reading !== null && (
          <span class="course-last">
            <CurrentValue measured={measured} />
            <ProofButton subject={who.subjectAt(measured.reading.log_index)} reading={measured.reading} of={title} />
          </span>
        )}
      </div>
      {found.state === "loading" && <p class="plot empty quiet">{common.loading}</p>}
      {found.state === "error" && (
        <div class="plot empty" role="alert">
          <p>{texts.noSeries}</p>
          <button type="button" class="plain" onClick={again}>
            {common.retry}
          </button>
        </div>
      )}
      {series !== undefined && series.points.length === 0 && <p class="plot empty quiet">{texts.emptySpan}</p>}
      {series !== undefined && series.points.length > 0 && (
        <>
          <Canvas measured={measured} points={series.points} label={texts.chartOf(title)} onChosen={setAsked} onZoom={onZoom} />
          <p class="quiet">
            {series.total > series.points.length
              ? texts.thinned(count(series.points.length, language), count(series.total, language))
              : texts.all(series.total, count(series.total, language))}
          </p>
          <Table who={who} measured={measured} series={series} />
        </>
      )}
      <Files path={seriesPath(who.kid, name, between)} of={title} />
      {asked !== undefined &&
        (asked.pruned ? (
          <p class="elsewhere" role="status">
            {texts.pruned}
          </p>
        ) : (
          <CheckDialog subject={who.subjectAt(asked.log_index)} reading={readingOf(who.kid, asked)} onClose={() => setAsked(undefined)} />
        ))}
    </section>
  );
}

function CurrentValue({ measured }: { readonly measured: Measured }) {
  const { common } = useTexts();
  if (measured.value === null) return null;
  const { number, unit } = show(measured.value, common);
  return (
    <strong data-value-name={measured.name} data-value={measured.value.text}>
      {number}
      {unit !== "" && ` ${unit}`}
    </strong>
  );
}
