/** One measurement's course: its last value, a chart whose every point opens its proof, a table, and files. */

import { useState } from "preact/hooks";
import { CheckDialog, ProofButton } from "../../components/checkdialog.tsx";
import { Files } from "../../components/files.tsx";
import { count } from "../../format/time.ts";
import { nameOf, show } from "../../format/value.ts";
import { useTexts } from "../../hooks/language.tsx";
import { deviceTexts } from "../../texts/device.ts";
import { Canvas } from "./canvas.tsx";
import { CourseTable } from "./coursetable.tsx";
import type { Between } from "./span.ts";
import type { Measured, SeriesPoint } from "./types.ts";
import { fetchSeries, seriesPath, useLoaded } from "./useDevice.ts";
import { type Who, readingOf } from "./who.ts";

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
          <CourseTable who={who} measured={measured} series={series} />
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
