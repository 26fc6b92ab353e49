/** How old what the page shows is, where the service worker answered from what it keeps. */

const HEADER = "x-civicroot-kept";

type Listener = (since: string | undefined) => void;

const kept = new Map<string, string>();
const listeners = new Set<Listener>();

/** ISO text of the oldest kept answer that the page shows, or undefined while all are fresh. */
export function keptSince(): string | undefined {
  return [...kept.values()].sort()[0];
}

/** Notes whether the answer under `path` is fresh. */
export function noteAnswer(path: string, headers: Headers): void {
  const when = headers.get(HEADER);
  const before = keptSince();
  if (when === null) kept.delete(path);
  else kept.set(path, when);
  const now = keptSince();
  if (now !== before) for (const listener of listeners) listener(now);
}

/** Tells `listener` of every change, until the returned function is called. */
export function onKept(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
