/** What the server has of the part that is looked at; asked again when it moves, when readings come, and now and then. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError, json } from "../../api/client.ts";
import { listen } from "../../api/events.ts";
import type { Filter, Look, MapView } from "./types.ts";

const POLL_MS = 15_000; // silence comes without an event
const GATHER_MS = 3_000; // readings come in groups, and the server's map is some seconds old anyway
const PATIENCE_MS = 15_000;

export type MapState =
  | { readonly state: "loading" }
  | { readonly state: "error"; readonly detail: string }
  | { readonly state: "ready"; readonly view: MapView; readonly fresh: boolean };

function path({ kind, state }: Filter, look: Look | undefined): string {
  const query = new URLSearchParams();
  if (look !== undefined) {
    const { west, south, east, north } = look.box;
    query.set("bbox", [west, south, east, north].map((part) => part.toFixed(6)).join(","));
    query.set("zoom", String(look.zoom));
  }
  if (kind !== null) query.set("kind", kind);
  if (state !== null) query.set("state", state);
  return `/api/v1/map?${query.toString()}`;
}

/** Only the answer to the newest question counts. */
export function useMapView(filter: Filter, look: Look | undefined): { readonly state: MapState; readonly path: string; readonly reload: () => void } {
  const [state, setState] = useState<MapState>({ state: "loading" });
  const asked = useRef(0);
  const url = path(filter, look);
  const ask = useCallback(async (): Promise<void> => {
    asked.current += 1;
    const mine = asked.current;
    try {
      const view = await json<MapView>(url, AbortSignal.timeout(PATIENCE_MS));
      if (mine === asked.current) setState({ state: "ready", view, fresh: true });
    } catch (error) {
      if (!(error instanceof ApiError || error instanceof DOMException)) throw error;
      if (mine !== asked.current) return;
      setState((before) => (before.state === "ready" ? { ...before, fresh: false } : { state: "error", detail: error.message }));
    }
  }, [url]);
  useEffect(() => {
    let soon: number | undefined;
    const changed = (): void => {
      soon ??= window.setTimeout(() => {
        soon = undefined;
        if (!document.hidden) void ask();
      }, GATHER_MS);
    };
    void ask();
    const timer = window.setInterval(changed, POLL_MS);
    const close = listen({ reading: changed, checkpoint: () => undefined, alarms: changed, connected: () => undefined }, undefined, ["reading", "alarms"]);
    return () => {
      close();
      window.clearInterval(timer);
      window.clearTimeout(soon);
    };
  }, [ask]);
  return { state, path: url, reload: () => void ask() };
}
