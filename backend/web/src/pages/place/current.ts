/** The last value of each measurement, and which reading has it: a record carries only what changed. */

import { useEffect, useState } from "preact/hooks";
import { ApiError, fetchState } from "../../api/client.ts";
import type { Current, Reading, State } from "../../api/types.ts";

export type Currents = ReadonlyMap<string, Current>;

/** What `known` becomes when `reading` has come. */
export function withReading(known: Currents, reading: Reading): Currents {
  const newer = reading.values.filter(({ name }) => (known.get(name)?.reading.seq ?? -1) <= reading.seq);
  return new Map([...known, ...newer.map((value): [string, Current] => [value.name, { ...value, reading }])]);
}

export interface PlaceState {
  readonly values: Currents;
  readonly emptied: State["emptied"];
}

/** The state of a place, asked for beside the place itself; until it is there, what the newest reading has. */
export function usePlaceState(kind: string, name: string, latest: Reading | null): PlaceState {
  const [said, setSaid] = useState<State | undefined>();
  const [values, setValues] = useState<Currents>(new Map());
  useEffect(() => {
    fetchState(kind, name).then(
      (state) => {
        setSaid(state);
        setValues((known) => state.values.reduce((all, { reading }) => withReading(all, reading), known));
      },
      (error: unknown) => {
        // The newest reading alone is a page, too.
        if (!(error instanceof ApiError)) throw error;
        console.warn("state", error.status, error.message);
      },
    );
  }, [kind, name]);
  useEffect(() => {
    if (latest !== null) setValues((known) => withReading(known, latest));
  }, [latest?.kid, latest?.seq, latest?.published]);
  return { values, emptied: said?.emptied ?? null };
}
