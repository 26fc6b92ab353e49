/** The chart itself: what is looked at is said below it, and opened by a click or Enter. */

import { useEffect, useRef, useState } from "preact/hooks";
import type uPlot from "uplot";
import { moment } from "../../format/time.ts";
import { useTexts } from "../../hooks/language.tsx";
import { deviceTexts } from "../../texts/device.ts";
import { onScheme, readColours } from "../map/colours.ts";
import { plot, point } from "./plot.ts";
import { useShown } from "./shown.ts";
import { type Between, columnsOf, shownUnit } from "./span.ts";
import type { Measured, SeriesPoint } from "./types.ts";

interface CanvasProps {
  readonly measured: Measured;
  readonly points: readonly SeriesPoint[];
  readonly label: string;
  readonly onChosen: (point: SeriesPoint) => void;
  readonly onZoom: (between: Between) => void;
}

export function Canvas({ measured, points, label, onChosen, onZoom }: CanvasProps) {
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
