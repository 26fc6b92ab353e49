/** Which time a chart shows, and what of it a chart can show. */

import type { Life, SeriesPoint } from "./types.ts";

export const SPANS = ["day", "week", "month", "year", "all"] as const;
export type Span = (typeof SPANS)[number];

const DAY_MS = 86_400_000;
const LENGTH_MS: Readonly<Record<Exclude<Span, "all">, number>> = { day: DAY_MS, week: 7 * DAY_MS, month: 31 * DAY_MS, year: 366 * DAY_MS };

/** Milliseconds, the end exclusive. */
export interface Between {
  readonly from: number;
  readonly to: number;
}

/** The time up to the newest reading: of a device that is silent it shows the last that it said. `first`: when its life began. */
export function between(span: Span, newest: number, first: number | undefined): Between {
  const to = newest + 1000;
  if (span !== "all") return { from: to - LENGTH_MS[span], to };
  return { from: Math.min(first ?? to - LENGTH_MS.year, to - LENGTH_MS.day), to };
}

/** What somebody drew with the pointer, in whole seconds; undefined if it is too short to mean anything. */
export function drawn(from: number, to: number): Between | undefined {
  const found = { from: Math.floor(Math.min(from, to)) * 1000, to: Math.ceil(Math.max(from, to)) * 1000 };
  return found.to - found.from >= 10_000 ? found : undefined;
}

/** What the device was enrolled as when a batch with this index was logged. */
export function subjectAt({ events }: Life, logIndex: number, now: string): string {
  const enrolments = events.filter(({ what, log_index: index }) => (what === "enrolled" || what === "moved" || what === "reassigned") && index < logIndex);
  return enrolments.reduce<(typeof enrolments)[number] | undefined>((last, each) => (last === undefined || each.log_index > last.log_index ? each : last), undefined)?.subject ?? now;
}

/** The points of a chart as uPlot takes them: ascending times in seconds, and values in the unit that is shown. */
export function columnsOf(points: readonly SeriesPoint[], factor: number): [number[], number[]] {
  return [points.map(({ time }) => Date.parse(time) / 1000), points.map(({ value }) => value * factor)];
}

/** How a unit is shown, and what its values are multiplied by. */
export function shownUnit(unit: string | null): { readonly factor: number; readonly unit: string } {
  switch (unit) {
    case "/":
      return { factor: 100, unit: "%" };
    case "%EL":
    case "%RH":
      return { factor: 1, unit: "%" };
    case "Cel":
      return { factor: 1, unit: "°C" };
    case "rad":
      return { factor: 180 / Math.PI, unit: "°" };
    case "m":
      return { factor: 1000, unit: "mm" };
    default:
      return { factor: 1, unit: unit ?? "" };
  }
}
