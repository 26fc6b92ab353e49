/** The device at a place and its newest reading, kept up to date. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError, fetchCompleteness, fetchEntriesAbout, fetchHistory, fetchSubject } from "../../api/client.ts";
import { listen } from "../../api/events.ts";
import type { Completeness, Device, ListedEntry, Subject } from "../../api/types.ts";
import { type Spanned, chooseSpan } from "./span.ts";

const HISTORY_POINTS = 200;
/** A chart of 200 points over hours changes no faster. */
const HISTORY_REFRESH_MS = 20_000;
/** An account of all numbers is more work for the server than a reading. */
const ACCOUNT_REFRESH_MS = 5_000;

export type Loaded<T> =
  | { readonly state: "loading" }
  | { readonly state: "error"; readonly status: number; readonly detail: string }
  | { readonly state: "ready"; readonly value: T };

function failure(error: unknown): Loaded<never> {
  if (error instanceof ApiError) return { state: "error", status: error.status, detail: error.message };
  throw error;
}

export interface Place {
  readonly device: Loaded<Subject>;
  readonly reload: () => void;
}

/** The device at `kind/name`; its `latest` follows the server's events. */
export function usePlace(kind: string, name: string): Place {
  const [device, setDevice] = useState<Loaded<Subject>>({ state: "loading" });
  const reload = useCallback(() => {
    fetchSubject(kind, name).then((value) => setDevice({ state: "ready", value }), (error: unknown) => setDevice(failure(error)));
  }, [kind, name]);
  useEffect(reload, [reload]);
  useEffect(
    () =>
      listen({
        reading: (reading) =>
          setDevice((known) =>
            known.state === "ready" && known.value.kid === reading.kid && reading.seq >= (known.value.latest?.seq ?? 0)
              ? { state: "ready", value: { ...known.value, latest: reading } }
              : known,
          ),
        checkpoint: () => undefined,
        connected: (connected) => connected && reload(),
      }, `${kind}/${name}`),
    [reload, kind, name],
  );
  return { device, reload };
}

/** A measurement's course, as far back as makes a line; fetched again with new readings, but not with each of many. */
export function useHistory(device: Device, name: string): Spanned | undefined {
  const [found, setFound] = useState<Spanned | undefined>();
  const fetched = useRef(0);
  const { kid, latest } = device;
  useEffect(() => {
    const now = new Date();
    if (now.getTime() - fetched.current < HISTORY_REFRESH_MS) return;
    fetched.current = now.getTime();
    chooseSpan(async (from, to) => (await fetchHistory(kid, name, from, to, HISTORY_POINTS)).points, now).then(
      setFound,
      (error: unknown) => {
        // The chart is an extra: without the telemetry store the page still shows and proves the reading.
        if (!(error instanceof ApiError)) throw error;
        console.warn("history", error.status, error.message);
      },
    );
  }, [kid, name, latest?.seq]);
  return found;
}

/**
 * The server's account of the device's numbers, fetched again with new readings, but not with each of many; undefined until it is
 * there, or "unavailable" from a server that gives none.
 */
export function useCompleteness({ kid, latest }: Device): Completeness | "unavailable" | undefined {
  const [found, setFound] = useState<Completeness | "unavailable" | undefined>();
  const fetched = useRef(0);
  useEffect(() => {
    const wait = Math.max(0, fetched.current + ACCOUNT_REFRESH_MS - Date.now());
    const timer = window.setTimeout(() => {
      fetched.current = Date.now();
      fetchCompleteness(kid).then(setFound, (error: unknown) => {
        if (!(error instanceof ApiError)) throw error;
        // What was known stays; a server without the account never had one to show.
        setFound((known) => known ?? "unavailable");
      });
    }, wait);
    return () => window.clearTimeout(timer);
  }, [kid, latest?.seq, latest?.published]);
  return found;
}

/** What the log holds about the device's place; nothing from a server that lists nothing. */
export function useEntriesAbout({ subject }: Subject): readonly ListedEntry[] {
  const [found, setFound] = useState<readonly ListedEntry[]>([]);
  useEffect(() => {
    fetchEntriesAbout(subject).then(setFound, (error: unknown) => {
      if (!(error instanceof ApiError)) throw error;
      console.warn("entries", error.status, error.message);
    });
  }, [subject]);
  return found;
}
