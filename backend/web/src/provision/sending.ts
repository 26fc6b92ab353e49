/** What became of a request that is kept here: sent as soon as that is possible, and never in anybody's way. */

import { ApiError } from "../api/client.ts";
import type { Entry, Journal } from "./entry.ts";

/** What the city says of a request. */
export interface Standing {
  readonly id: string;
  readonly state: "waiting" | "approved" | "enrolled" | "declined" | "withdrawn";
  readonly reason: string | null;
}

export interface Desk {
  put(entry: Entry): Promise<Standing>;
  get(entry: Entry): Promise<Standing>;
}

/** The city has it as what it asks for: there is nothing to be done. */
const DONE = "already-enrolled";
const CONFLICT = 409;
/** Refusals that another try does not mend: 4xx, but not who is signed in, how often, or a proxy's doing. */
const FOR_GOOD = [400, CONFLICT, 413, 422];

function after(entry: Entry, { id, state, reason }: Standing, now: number): Entry {
  const next = { ...entry, sent: id, changed: now };
  if (state === "enrolled") return { ...next, state: "enrolled", conflict: undefined };
  if (state === "declined" || state === "withdrawn") return { ...next, state: "conflict", conflict: { reason: state, detail: reason ?? "" } };
  return { ...next, state: "sent", conflict: undefined };
}

function refused(entry: Entry, { status, reason, message }: ApiError, now: number): Entry | undefined {
  if (status === CONFLICT && reason === DONE) return { ...entry, state: "enrolled", conflict: undefined, changed: now };
  const bad = FOR_GOOD.includes(status) || (status === 404 && entry.state === "sent") || (status === 403 && !["not-allowed", "cross-site", "wrong-scope"].includes(reason ?? ""));
  return bad ? { ...entry, state: "conflict", conflict: { reason: reason ?? String(status), detail: message }, changed: now } : undefined;
}

/**
 * Put the request, or ask what became of it; the entry as it is then, noted in the journal.
 *
 * Throws ApiError where nobody answers, or nobody is signed in: the entry stays as it is.
 */
export async function brought(entry: Entry, desk: Desk, journal: Journal, now: number): Promise<Entry> {
  if (entry.request === undefined || (entry.state !== "asked" && entry.state !== "sent")) return entry;
  let next: Entry | undefined;
  try {
    next = after(entry, await (entry.state === "asked" ? desk.put(entry) : desk.get(entry)), now);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    next = refused(entry, error, now);
    if (next === undefined) throw error;
  }
  // Somebody may have the device at the cable in another window: only what became of the request is written.
  const { state, sent, conflict, changed } = next;
  const noted = { ...((await journal.get(entry.kid)) ?? next), state, sent, conflict, changed };
  await journal.put(noted);
  return noted;
}

/** Ask once more, after somebody has cleared the way. */
export function again(entry: Entry, now: number): Entry {
  return { ...entry, state: "asked", sent: undefined, conflict: undefined, changed: now };
}
