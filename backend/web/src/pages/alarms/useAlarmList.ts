/** The open alarms, asked for again whenever an event says that the list changed, and every half a minute anyway. */

import { useCallback, useEffect, useState } from "preact/hooks";
import { ApiError } from "../../api/client.ts";
import { listen } from "../../api/events.ts";
import { fetchAlarmList } from "./api.ts";
import type { AlarmList } from "./types.ts";

const POLL_MS = 30_000;
const EVENTS = ["alarm-list", "alarms"];

export interface Followed {
  readonly list: AlarmList | undefined;
  /** False once the server did not answer again: what is shown may be over. */
  readonly fresh: boolean;
  readonly connected: boolean;
  readonly reload: () => Promise<void>;
}

export function useAlarmList(district: string): Followed {
  const [list, setList] = useState<AlarmList>();
  const [fresh, setFresh] = useState(true);
  const [connected, setConnected] = useState(false);
  const reload = useCallback(async (): Promise<void> => {
    try {
      setList(await fetchAlarmList(district, "open"));
      setFresh(true);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setFresh(false);
    }
  }, [district]);
  useEffect(() => {
    const changed = (): void => void reload();
    const tell = (now: boolean): void => {
      setConnected(now);
      if (now) changed();
    };
    changed();
    const timer = window.setInterval(changed, POLL_MS);
    const close = listen({ reading: changed, checkpoint: changed, alarms: changed, alarmList: changed, connected: tell }, undefined, EVENTS);
    return () => {
      close();
      window.clearInterval(timer);
    };
  }, [reload]);
  return { list, fresh, connected, reload };
}
