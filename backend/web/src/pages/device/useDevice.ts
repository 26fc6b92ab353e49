/** One device and what the server says of it, followed by its events. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError, fetchCompleteness, json } from "../../api/client.ts";
import { listen } from "../../api/events.ts";
import type { Completeness, Device, Reading } from "../../api/types.ts";
import type { Loaded } from "../place/usePlace.ts";
import type { Life, Measured, Series, Settings } from "./types.ts";
import type { Between } from "./span.ts";

const API = "/api/v1/devices";
/** Four for each column of a desktop's chart. */
const POINTS = 1600;
/** Charts, account and life change no faster for a reader. */
const REFRESH_MS = 20_000;

export type { Loaded };

function failed(error: unknown): Loaded<never> {
  if (error instanceof ApiError) return { state: "error", status: error.status, detail: error.message };
  throw error;
}

/** What `load` answers, asked again when `key` changes; what was there stays until the next is, or if there is none. */
export function useLoaded<T>(load: () => Promise<T>, key: string): { readonly found: Loaded<T>; readonly again: () => void } {
  const [found, setFound] = useState<Loaded<T>>({ state: "loading" });
  const [times, setTimes] = useState(0);
  useEffect(() => {
    let current = true;
    const keep = (next: Loaded<T>): void => {
      if (current) setFound((known) => (next.state === "error" && known.state === "ready" && next.status !== 404 ? known : next));
    };
    load().then((value) => keep({ state: "ready", value }), (error: unknown) => keep(failed(error)));
    return () => {
      current = false;
    };
  }, [key, times]);
  return { found, again: useCallback(() => setTimes((before) => before + 1), []) };
}

/** Counts up with readings that are newer than the first one, but not with each of many. */
function useBeat(seq: number | undefined): number {
  const [beat, setBeat] = useState(0);
  const seen = useRef<{ readonly seq: number; readonly at: number } | undefined>(undefined);
  useEffect(() => {
    if (seq === undefined || seen.current?.seq === seq) return undefined;
    if (seen.current === undefined) {
      seen.current = { seq, at: Date.now() };
      return undefined;
    }
    const timer = window.setTimeout(
      () => {
        seen.current = { seq, at: Date.now() };
        setBeat((before) => before + 1);
      },
      Math.max(0, seen.current.at + REFRESH_MS - Date.now()),
    );
    return () => window.clearTimeout(timer);
  }, [seq]);
  return beat;
}

export interface Whole {
  readonly device: Loaded<Device>;
  readonly reload: () => void;
  readonly beat: number;
}

export function useDevice(kid: string): Whole {
  const { found, again } = useLoaded<Device>(() => json(`${API}/${kid}`), kid);
  const [device, setDevice] = useState<Loaded<Device>>(found);
  useEffect(() => setDevice(found), [found]);
  const subject = found.state === "ready" ? found.value.subject : undefined;
  useEffect(() => {
    if (subject === undefined) return undefined;
    return listen(
      {
        reading: (reading) =>
          setDevice((known) => (known.state === "ready" && reading.kid === kid ? { state: "ready", value: { ...known.value, latest: reading } } : known)),
        checkpoint: () => undefined,
        connected: () => undefined,
      },
      subject,
    );
  }, [kid, subject]);
  return { device, reload: again, beat: useBeat(device.state === "ready" ? device.value.latest?.seq : undefined) };
}

export function seriesPath(kid: string, name: string, { from, to }: Between): string {
  const query = new URLSearchParams({ name, from: new Date(from).toISOString(), to: new Date(to).toISOString(), points: String(POINTS) });
  return `${API}/${kid}/series?${query.toString()}`;
}

export const fetchMeasurements = async (kid: string): Promise<readonly Measured[]> =>
  ((await json(`${API}/${kid}/measurements`)) as { readonly measurements: readonly Measured[] }).measurements;
export const fetchSeries = (kid: string, name: string, span: Between): Promise<Series> => json(seriesPath(kid, name, span));
export const fetchLife = (kid: string): Promise<Life> => json(`${API}/${kid}/life`);
export const fetchSettings = (kid: string): Promise<Settings> => json(`${API}/${kid}/settings`);
export const fetchAccount = (kid: string): Promise<Completeness> => fetchCompleteness(kid);

/** The reading with a number, or else the next older one. */
export async function fetchReadingUpTo(kid: string, seq: number): Promise<Reading | undefined> {
  const page = (await json(`${API}/${kid}/readings?limit=1&cursor=${(seq + 1).toString(16)}`)) as { readonly readings: readonly Reading[] };
  return page.readings[0];
}
