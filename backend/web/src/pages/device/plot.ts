/** A line chart by uPlot, in the page's colours: moved through by pointer and keys, a part of it chosen by drawing. */

import uPlot from "uplot";
import { clock, day } from "../../format/time.ts";
import type { Language } from "../../texts/language.ts";
import type { Colours } from "../map/colours.ts";
import { type Between, drawn } from "./span.ts";

export const HEIGHT = 220;
const DAY_SECONDS = 86_400;
const FONT = "12px system-ui, sans-serif";

export interface Look {
  readonly colours: Colours;
  readonly language: Language;
  readonly unit: string;
  /** A share from 0 to 100, so that half a bin looks like half a chart. */
  readonly share: boolean;
  /** Of what is either so or not, and nothing between: what 0 and 1 are called. */
  readonly steps: readonly [string, string] | undefined;
}

export interface Asked {
  readonly moved: (index: number | undefined) => void;
  readonly chosen: (index: number) => void;
  readonly zoomed: (between: Between) => void;
}

function axesOf({ colours, language, unit, steps }: Look): uPlot.Axis[] {
  const common = { stroke: colours.quiet, font: FONT, grid: { stroke: colours.line, width: 1 }, ticks: { show: false } };
  const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();
  const time = (seconds: number, step: number): string => (step >= DAY_SECONDS ? day(iso(seconds), language) : clock(iso(seconds), language));
  const written = (value: number): string => `${Number(value.toPrecision(6))}${unit === "" ? "" : ` ${unit}`}`;
  return [
    { ...common, size: 32, space: 70, values: (_, splits, __, ___, step) => splits.map((each) => time(each, step)) },
    steps === undefined
      ? { ...common, size: 58, values: (_, splits) => splits.map(written) }
      : { ...common, size: 58, splits: () => [0, 1], values: (_, splits) => splits.map((each) => steps[each === 1 ? 1 : 0]) },
  ];
}

/** The chart inside `target`; `data` as of `columnsOf`. */
export function plot(target: HTMLElement, data: [number[], number[]], look: Look, asked: Asked): uPlot {
  const { colours, share, steps } = look;
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  const made: uPlot = new uPlot(
    {
      width: Math.max(target.clientWidth, 200),
      height: HEIGHT,
      legend: { show: false },
      scales: { y: share ? { range: [0, 100] } : steps !== undefined ? { range: [-0.1, 1.1] } : {} },
      axes: axesOf(look),
      series: [
        {},
        { stroke: colours.states.ok, width: 1.5, points: { size: 5, fill: colours.states.ok }, ...(steps !== undefined && stepped !== undefined ? { paths: stepped } : {}) },
      ],
      cursor: { y: false, drag: { x: true, y: false, setScale: false }, points: { size: 9, fill: colours.ink } },
      hooks: {
        setCursor: [(chart) => asked.moved(chart.cursor.idx ?? undefined)],
        setSelect: [
          (chart) => {
            const { left, width } = chart.select;
            if (width <= 0) return;
            const found = drawn(chart.posToVal(left, "x"), chart.posToVal(left + width, "x"));
            chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            if (found !== undefined) asked.zoomed(found);
          },
        ],
      },
    },
    data,
    target,
  );
  let down = 0;
  made.over.addEventListener("mousedown", ({ clientX }) => {
    down = clientX;
  });
  made.over.addEventListener("click", ({ clientX }) => {
    const { idx } = made.cursor;
    if (idx !== null && idx !== undefined && Math.abs(clientX - down) < 4) asked.chosen(idx);
  });
  return made;
}

/** Moves the cursor to a point, as the keys do. */
export function point(chart: uPlot, index: number): void {
  const [x, y] = [chart.data[0][index], chart.data[1]?.[index]];
  if (x === undefined || y === undefined || y === null) return;
  chart.setCursor({ left: chart.valToPos(x, "x"), top: chart.valToPos(y, "y") });
}
