/** A small line chart: mean as a line, least to greatest as a band. */

import type { HistoryPoint } from "../api/types.ts";

const WIDTH = 360;
const HEIGHT = 150;
const LEFT = 42;
const RIGHT = 8;
const TOP = 10;
const BOTTOM = 24;

interface Scale {
  readonly x: (time: string) => number;
  readonly y: (value: number) => number;
}

function scaleOf(points: readonly HistoryPoint[], [low, high]: readonly [number, number]): Scale {
  const times = points.map(([time]) => Date.parse(time));
  const [first, last] = [Math.min(...times), Math.max(...times)];
  return {
    x: (time) => LEFT + ((Date.parse(time) - first) / Math.max(last - first, 1)) * (WIDTH - LEFT - RIGHT),
    y: (value) => TOP + (1 - (value - low) / (high - low)) * (HEIGHT - TOP - BOTTOM),
  };
}

function path(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y], i) => `${i === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
}

/** Where a line is drawn, and how its heights are written. */
export interface Axis {
  readonly low: number;
  readonly high: number;
  readonly write: (value: number) => string;
}

/** Shares from 0 to 1, as percent, on that whole range: half a bin looks like half a chart. */
export const SHARES: Axis = { low: 0, high: 1, write: (share) => `${share * 100}%` };

/** Metres as millimetres, as far apart as the points are, but never less than one millimetre. */
export function millimetres(points: readonly HistoryPoint[]): Axis {
  const all = points.flatMap(([, , min, max]) => [min * 1000, max * 1000]);
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const spare = Math.max(0, 1 - (most - least)) / 2;
  return { low: (least - spare) / 1000, high: (most + spare) / 1000, write: (metres) => (metres * 1000).toFixed(1) };
}

interface ChartProps {
  readonly points: readonly HistoryPoint[];
  readonly label: string;
  readonly axis: Axis;
  /** How a point's time is written below the line. */
  readonly tick: (time: string) => string;
}

/** There is at least one point. */
export function Chart({ points, label, axis, tick }: ChartProps) {
  const { low, high, write } = axis;
  const { x, y } = scaleOf(points, [low, high]);
  const line = path(points.map(([time, mean]) => [x(time), y(mean)]));
  const upper = points.map(([time, , , max]) => [x(time), y(max)] as const);
  const lower = points.map(([time, , min]) => [x(time), y(min)] as const).reverse();
  const ends = [points[0], points[Math.floor(points.length / 2)], points.at(-1)] as readonly HistoryPoint[];
  return (
    <svg class="chart" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label} data-points={points.length}>
      {[low, (low + high) / 2, high].map((level) => (
        <g key={level}>
          <line class="chart-grid" x1={LEFT} x2={WIDTH - RIGHT} y1={y(level)} y2={y(level)} />
          <text class="chart-label" x={LEFT - 8} y={y(level) + 4} text-anchor="end">
            {write(level)}
          </text>
        </g>
      ))}
      <path class="chart-band" d={`${path([...upper, ...lower])}Z`} />
      <path class="chart-line" d={line} />
      {ends.map(([time], i) => (
        <text key={i} class="chart-label" x={x(time)} y={HEIGHT - 6} text-anchor={["start", "middle", "end"][i] as "start"}>
          {i > 0 && tick(time) === tick((ends[i - 1] as HistoryPoint)[0]) ? "" : tick(time)}
        </text>
      ))}
    </svg>
  );
}
