/** A point's value as people read it. */

import { show } from "../../format/value.ts";
import { useTexts } from "../../hooks/language.tsx";
import type { Measured, SeriesPoint } from "./types.ts";

export function useShown({ name, unit }: Measured) {
  const { common } = useTexts();
  return ({ value }: SeriesPoint): string => {
    const truth = unit === null && name === "lid" ? value === 1 : value;
    const { number, unit: written } = show({ name, unit, value: truth, text: String(Number(value.toPrecision(9))) }, common);
    return written === "" ? number : `${number} ${written}`;
  };
}
