/** Times as people read them, in their language and zone. */

import type { Language } from "../texts/language.ts";

const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/** How long ago `then` (ISO text or milliseconds) was at `now` (milliseconds): "5 minutes ago". */
export function ago(then: string | number, now: number, language: Language): string {
  const seconds = Math.round((new Date(then).getTime() - now) / 1000);
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? (["second", 1] as const);
  return format.format(Math.trunc(seconds / size), unit);
}

/** Date and time of Unix seconds or ISO text. */
export function moment(when: string | bigint, language: Language): string {
  const date = typeof when === "string" ? new Date(when) : new Date(Number(when) * 1000);
  return date.toLocaleString(language, { dateStyle: "medium", timeStyle: "medium" });
}

/** Hour and minute of ISO text. */
export function clock(when: string, language: Language): string {
  return new Date(when).toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" });
}

export function count(value: number | bigint, language: Language): string {
  return value.toLocaleString(language);
}
