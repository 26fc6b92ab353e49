/** The charts of a device over a chosen time. */

import { useState } from "preact/hooks";
import type { Device } from "../../api/types.ts";
import { Notice } from "../../components/frame.tsx";
import { moment } from "../../format/time.ts";
import { rank } from "../../format/value.ts";
import { useTexts } from "../../hooks/language.tsx";
import { deviceTexts } from "../../texts/device.ts";
import { Course } from "./course.tsx";
import { type Between, SPANS, type Span, between } from "./span.ts";
import type { Life, Measured } from "./types.ts";
import { type Loaded, fetchMeasurements, useLoaded } from "./useDevice.ts";
import type { Who } from "./who.ts";

/** Numbers that count, and have no course: the history has what they say. */
const COUNTS: readonly string[] = ["boots", "claims"];

/** The level of a bin or the moisture of a tree first, then what people ask for, then the rest by name. */
function inOrder(of: readonly Measured[]): readonly Measured[] {
  const place = (each: Measured): number => (each.name === "fill" || each.name === "soil" ? -1 : rank(each) < 0 ? 99 : rank(each));
  return of.filter(({ chart, name }) => chart && !COUNTS.includes(name)).sort((a, b) => place(a) - place(b));
}

interface SpanProps {
  readonly span: Span | undefined;
  readonly onSpan: (span: Span) => void;
}

function Spans({ span, onSpan }: SpanProps) {
  const { language } = useTexts();
  const texts = deviceTexts[language];
  return (
    <div class="segments" role="group" aria-label={texts.span}>
      {SPANS.map((each) => (
        <button key={each} type="button" aria-pressed={span === each} data-span={each} onClick={() => onSpan(each)}>
          {texts.spans[each]}
        </button>
      ))}
    </div>
  );
}

interface ChartsProps {
  readonly who: Who;
  readonly device: Device;
  readonly life: Loaded<Life>;
  readonly beat: number;
}

export function Charts({ who, device, life, beat }: ChartsProps) {
  const { common, language } = useTexts();
  const texts = deviceTexts[language];
  const [span, setSpan] = useState<Span>("day");
  const [drawn, setDrawn] = useState<Between | undefined>();
  const { found, again } = useLoaded(() => fetchMeasurements(device.kid), `${device.kid} ${beat}`);
  const { latest } = device;
  if (latest === null) return <Notice kind="empty" title={common.noReading} hint={texts.noReadingHint} />;
  if (found.state === "loading") return <Notice kind="loading" title={common.loading} />;
  if (found.state === "error") {
    return (
      <Notice kind="error" title={texts.noSeries} hint={found.detail}>
        <button type="button" class="plain" onClick={again}>
          {common.retry}
        </button>
      </Notice>
    );
  }
  const times = life.state === "ready" ? life.value.events.flatMap(({ time }) => (time === null ? [] : [Date.parse(time)])) : [];
  const shown = drawn ?? between(span, Date.parse(latest.received), times.length === 0 ? undefined : Math.min(...times));
  const charts = inOrder(found.value);
  return (
    <section class="charts" data-panel="charts" data-from={shown.from} data-to={shown.to}>
      <h2>{texts.charts}</h2>
      <p class="quiet" id="plot-keys">
        {texts.chartsLead}
      </p>
      <div class="charts-tools">
        <Spans
          span={drawn === undefined ? span : undefined}
          onSpan={(each) => {
            setSpan(each);
            setDrawn(undefined);
          }}
        />
        <p class="quiet" role="status">
          {moment(new Date(shown.from).toISOString(), language)} – {moment(new Date(shown.to - 1000).toISOString(), language)}
        </p>
      </div>
      <div class="courses">
        {charts.map((measured) => (
          <Course key={measured.name} who={who} measured={measured} between={shown} beat={beat} onZoom={setDrawn} />
        ))}
      </div>
      {charts.length === 0 && <p class="quiet">{texts.noNumbers}</p>}
    </section>
  );
}
