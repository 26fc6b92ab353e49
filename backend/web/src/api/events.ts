/** Server-sent events with reconnection, also where the browser has given up. */

import type { CheckpointEvent, Reading } from "./types.ts";

export type LiveReading = Reading & { readonly subject: string };

export interface EventHandlers {
  readonly reading: (reading: LiveReading) => void;
  readonly checkpoint: (checkpoint: CheckpointEvent) => void;
  /** Something became of an anchoring. */
  readonly anchored?: () => void;
  /** What needs somebody has changed. */
  readonly alarms?: () => void;
  /** The list of alarms by rules has changed. */
  readonly alarmList?: () => void;
  /** Told on every change; on each `true` after the first, what was missed should be fetched again. */
  readonly connected: (connected: boolean) => void;
}

const FIRST_DELAY_MS = 1_000;
const MAX_DELAY_MS = 30_000;

/** Listens until the returned function is called; with `subject`, to that place's readings only; with `only`, to events of these names. */
export function listen(handlers: EventHandlers, subject?: string, only: readonly string[] = []): () => void {
  const wanted = [...(subject === undefined ? [] : [["subject", subject]]), ...only.map((name) => ["only", name])];
  const query = wanted.length === 0 ? "" : `?${new URLSearchParams(wanted).toString()}`;
  let source: EventSource;
  let timer: number | undefined;
  let delay = FIRST_DELAY_MS;

  const open = (): void => {
    source = new EventSource(`/api/v1/events${query}`);
    source.addEventListener("open", () => {
      delay = FIRST_DELAY_MS;
      handlers.connected(true);
    });
    source.addEventListener("reading", (event) => handlers.reading(JSON.parse(event.data as string) as LiveReading));
    source.addEventListener("checkpoint", (event) => handlers.checkpoint(JSON.parse(event.data as string) as CheckpointEvent));
    source.addEventListener("anchored", () => handlers.anchored?.());
    source.addEventListener("alarms", () => handlers.alarms?.());
    source.addEventListener("alarm-list", () => handlers.alarmList?.());
    source.addEventListener("error", () => {
      handlers.connected(false);
      // A dropped connection is reopened by the browser; after an HTTP error it stays closed.
      if (source.readyState !== EventSource.CLOSED) return;
      // Jitter, so that a restarted server does not meet everybody at once.
      timer = window.setTimeout(open, delay * (0.5 + Math.random()));
      delay = Math.min(delay * 2, MAX_DELAY_MS);
    });
  };

  open();
  return () => {
    window.clearTimeout(timer);
    source.close();
  };
}
