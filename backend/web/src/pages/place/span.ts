/** How far back the chart of a place looks: a day, unless there is too little of it. */

import type { HistoryPoint } from "../../api/types.ts";
import { SPANS, type Span } from "../../texts/place.ts";

const HOUR_MS = 3_600_000;

const LENGTH_MS: Readonly<Record<Span, number>> = { day: 24 * HOUR_MS, sixHours: 6 * HOUR_MS, hour: HOUR_MS, week: 168 * HOUR_MS };

/** From here on a line shows a course. */
const ENOUGH_POINTS = 12;
/** Fewer points make no line at all. */
const LEAST_POINTS = 3;

export interface Spanned {
  readonly span: Span;
  readonly points: readonly HistoryPoint[];
}

/** The first span with points enough, else the one with most; undefined where none makes a line. `load` fetches from–to. */
export async function chooseSpan(
  load: (from: Date, to: Date) => Promise<readonly HistoryPoint[]>,
  now: Date,
): Promise<Spanned | undefined> {
  let best: Spanned | undefined;
  for (const span of SPANS) {
    const points = await load(new Date(now.getTime() - LENGTH_MS[span]), now);
    if (points.length > (best?.points.length ?? LEAST_POINTS - 1)) best = { span, points };
    if (points.length >= ENOUGH_POINTS) break;
  }
  return best;
}
