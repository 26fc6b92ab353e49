/** Dates of which perhaps only the month or the year is known, and how long ago they are. */

import type { Language } from "../texts/language.ts";
import { localeOf } from "./time.ts";

const DATE = /^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?$/;

/** `2019-03-01`, `2019-03` or `2019` as the language writes it; anything else as it is. */
export function partialDate(text: string, language: Language): string {
  const [, year, month, day] = DATE.exec(text) ?? [];
  if (year === undefined) return text;
  const date = new Date(Date.UTC(Number(year), Number(month ?? "1") - 1, Number(day ?? "1")));
  return date.toLocaleDateString(localeOf(language), {
    timeZone: "UTC",
    year: "numeric",
    ...(month === undefined ? {} : { month: "long" }),
    ...(day === undefined ? {} : { day: "numeric" }),
  });
}

/** Full years from a date until `now` (milliseconds); where only the year is known, that of its end. Undefined for what is no date, or to come. */
export function yearsSince(text: string, now: number): number | undefined {
  const [, year, month, day] = DATE.exec(text) ?? [];
  if (year === undefined) return undefined;
  const today = new Date(now);
  const before = [today.getUTCMonth() + 1, today.getUTCDate()] as const;
  const [m, d] = [Number(month ?? "12"), Number(day ?? "28")];
  const years = today.getUTCFullYear() - Number(year) - (before[0] < m || (before[0] === m && before[1] < d) ? 1 : 0);
  if (years < 0) return month === undefined && Number(year) === today.getUTCFullYear() ? 0 : undefined;
  return years;
}
