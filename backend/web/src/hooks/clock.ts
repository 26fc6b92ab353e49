/** A clock for ages on the page: coarse, since nobody reads seconds there. */

import { useEffect, useState } from "preact/hooks";

const TICK_MS = 5_000;

/** Milliseconds since 1970, renewed every few seconds. */
export function useClock(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), TICK_MS);
    return () => window.clearInterval(timer);
  }, []);
  return now;
}
