/** Times as people read them, in their language and zone. */

import type { Language } from "../texts/language.ts";

const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/** The reader's own variety of a language (en-GB for English, say), which writes dates as they are used to. */
export function localeOf(language: Language): string {
  return navigator.languages.find((tag) => tag.toLowerCase().split("-")[0] === language) ?? language;
}

/** How long ago `then` (ISO text or milliseconds) was at `now` (milliseconds): "5 minutes ago". Clocks that are ahead count as now. */
export function ago(then: string | number, now: number, language: Language): string {
  if (Number.isNaN(new Date(then).getTime())) return String(then);
  const seconds = Math.min(Math.round((new Date(then).getTime() - now) / 1000), 0);
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? (["second", 1] as const);
  return format.format(Math.trunc(seconds / size), unit);
}

/** Date and time of Unix seconds or ISO text; as it is where no calendar reaches, for a device may claim any number. */
export function moment(when: string | bigint, language: Language): string {
  const date = typeof when === "string" ? new Date(when) : new Date(Number(when) * 1000);
  if (Number.isNaN(date.getTime())) return String(when);
  return date.toLocaleString(localeOf(language), { dateStyle: "medium", timeStyle: "medium" });
}

/** Names one after another, as the language joins them: all of them, or any. */
export function list(names: readonly string[], language: Language, type: "conjunction" | "disjunction" = "conjunction"): string {
  return new Intl.ListFormat(localeOf(language), { type }).format(names);
}

/** Hour and minute of ISO text. */
export function clock(when: string, language: Language): string {
  return new Date(when).toLocaleTimeString(localeOf(language), { hour: "2-digit", minute: "2-digit" });
}

/** Day and month of ISO text. */
export function day(when: string, language: Language): string {
  return new Date(when).toLocaleDateString(localeOf(language), { day: "numeric", month: "short" });
}

export function count(value: number | bigint, language: Language): string {
  return value.toLocaleString(language);
}
