/** The age of what the page shows, for components. */

import { useEffect, useState } from "preact/hooks";
import { keptSince, onKept } from "../api/kept.ts";

/** ISO text since when, or undefined while everything comes from the city's server. */
export function useKept(): string | undefined {
  const [since, setSince] = useState(keptSince);
  useEffect(() => onKept(setSince), []);
  return since;
}
