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

interface ChartProps {
  readonly points: readonly HistoryPoint[];
  readonly label: string;
  /** How a point's time is written below the line. */
  readonly tick: (time: string) => string;
}

/** Shares from 0 to 1 are drawn on that whole range, as percent. There is at least one point. */
export function Chart({ points, label, tick }: ChartProps) {
  const { x, y } = scaleOf(points, [0, 1]);
  const line = path(points.map(([time, mean]) => [x(time), y(mean)]));
  const upper = points.map(([time, , , max]) => [x(time), y(max)] as const);
  const lower = points.map(([time, , min]) => [x(time), y(min)] as const).reverse();
  const ends = [points[0], points[Math.floor(points.length / 2)], points.at(-1)] as readonly HistoryPoint[];
  return (
    <svg class="chart" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label} data-points={points.length}>
      {[0, 0.5, 1].map((share) => (
        <g key={share}>
          <line class="chart-grid" x1={LEFT} x2={WIDTH - RIGHT} y1={y(share)} y2={y(share)} />
          <text class="chart-label" x={LEFT - 8} y={y(share) + 4} text-anchor="end">{`${share * 100}%`}</text>
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
