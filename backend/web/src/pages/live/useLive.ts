/** All devices and the log's state, kept up to date by the server's events. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError, fetchCity, fetchDevices } from "../../api/client.ts";
import { type LiveReading, listen } from "../../api/events.ts";
import type { CheckpointEvent, City, Device } from "../../api/types.ts";
import { type OutsideState, useOutside } from "./useOutside.ts";

/** How long to wait for others when a device reports that the page does not know. */
const GATHER_MS = 1_000;

export type Live =
  | { readonly state: "loading" }
  | { readonly state: "error"; readonly detail: string }
  | { readonly state: "ready"; readonly city: City; readonly devices: readonly Device[] };

function withReading(live: Live, reading: LiveReading): Live {
  if (live.state !== "ready") return live;
  const devices = live.devices.map((device) =>
    device.kid === reading.kid && reading.seq > (device.latest?.seq ?? -1) ? { ...device, latest: reading } : device,
  );
  const counts = { ...live.city.counts, records: live.city.counts.records + 1 };
  return { ...live, devices, city: { ...live.city, counts } };
}

/** A checkpoint covers all entries before its size. */
function withCheckpoint(live: Live, { size, time }: CheckpointEvent): Live {
  if (live.state !== "ready") return live;
  const devices = live.devices.map((device) =>
    device.latest !== null && device.latest.log_index < size ? { ...device, latest: { ...device.latest, published: true } } : device,
  );
  return { ...live, devices, city: { ...live.city, log: { ...live.city.log, size, checkpoint_time: time } } };
}

export interface LiveState {
  readonly live: Live;
  readonly outside: OutsideState;
  readonly connected: boolean;
  readonly reload: () => void;
}

export function useLive(): LiveState {
  const [live, setLive] = useState<Live>({ state: "loading" });
  const [connected, setConnected] = useState(false);
  const [outside, refreshOutside] = useOutside();
  const reload = useCallback(() => {
    Promise.all([fetchCity(), fetchDevices()]).then(
      ([city, devices]) => setLive({ state: "ready", city, devices }),
      (error: unknown) => {
        if (!(error instanceof ApiError)) throw error;
        // What is on the page stays; only a page without content shows the error.
        setLive((known) => (known.state === "ready" ? known : { state: "error", detail: error.message }));
      },
    );
  }, []);
  useEffect(reload, [reload]);
  const known = useRef(new Set<string>());
  const timer = useRef<number | undefined>(undefined);
  // Somebody who reports for the first time was enrolled meanwhile; one fetch finds all who come together.
  const meet = (kid: string): void => {
    known.current.add(kid);
    timer.current ??= window.setTimeout(() => {
      timer.current = undefined;
      reload();
    }, GATHER_MS);
  };
  useEffect(() => {
    if (live.state === "ready") for (const { kid } of live.devices) known.current.add(kid);
  }, [live]);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  useEffect(
    () =>
      listen({
        reading: (reading) => {
          if (!known.current.has(reading.kid)) meet(reading.kid);
          setLive((before) => withReading(before, reading));
        },
        checkpoint: (checkpoint) => {
          setLive((known) => withCheckpoint(known, checkpoint));
          refreshOutside();
        },
        anchored: refreshOutside,
        connected: (now) => {
          setConnected(now);
          // Events between two connections are lost, and devices may have been enrolled.
          if (now) {
            reload();
            refreshOutside();
          }
        },
      }),
    [reload],
  );
  return { live, outside, connected, reload };
}
