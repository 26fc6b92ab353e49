/** Distances as people read them. */

import type { Language } from "../texts/language.ts";
import { localeOf } from "./time.ts";

const KILOMETRE = 1000;

/** Of whole metres: "120 m", "1.2 km". */
export function distance(metres: number, language: Language): string {
  const far = metres >= KILOMETRE;
  const format = new Intl.NumberFormat(localeOf(language), { style: "unit", unit: far ? "kilometer" : "meter", maximumFractionDigits: far ? 1 : 0 });
  return format.format(far ? metres / KILOMETRE : metres);
}
