/**
 * What was written and is not with the city yet: pure functions over a list, oldest first.
 *
 * An entry is sent as often as it takes; its names (`key`, `visit`, the photos' ids) make it one for the city. It says what its
 * writer had seen of the place (`base`). If somebody else wrote meanwhile it becomes a conflict, which only its writer resolves.
 */

import type { Visit, Written } from "./types.ts";

/** How long what was sent is still shown. */
export const SHOWN_MS = 86_400_000;

export type EntryState = "waiting" | "conflict" | "refused" | "sent";

export interface Photo {
  readonly id: string;
  readonly state: "waiting" | "sent" | "refused";
}

export interface Conflict {
  /** Visits that are new or changed since. */
  readonly visits: readonly Visit[];
  /** Base of whoever has seen them. */
  readonly revision: number;
}

export interface Entry {
  readonly key: string;
  /** Orders: a later entry has a higher number. */
  readonly number: number;
  readonly visit: string;
  readonly account: number;
  readonly district: string;
  readonly subject: string;
  readonly base: number;
  /** ISO text, this phone's clock. */
  readonly made: string;
  readonly written: Written;
  readonly photos: readonly Photo[];
  readonly state: EntryState;
  /** The visit's revision at the city, once it took the words; photos may still wait. */
  readonly revision: number | undefined;
  readonly conflict: Conflict | undefined;
  /** The city's reason for refusing it. */
  readonly problem: string | undefined;
  /** When everything was with the city, in milliseconds. */
  readonly sent: number | undefined;
}

export type Draft = Pick<Entry, "key" | "visit" | "account" | "district" | "subject" | "base" | "made" | "written"> & {
  readonly photos: readonly string[];
};

/** The list with a new entry at its end, which knows of what this phone itself has sent since its writer looked. */
export function added(entries: readonly Entry[], draft: Draft): readonly Entry[] {
  const number = Math.max(0, ...entries.map((entry) => entry.number)) + 1;
  const own = entries.filter(({ subject, account, base, revision }) => {
    return subject === draft.subject && account === draft.account && revision !== undefined && base <= draft.base;
  });
  const base = Math.max(draft.base, ...own.map(({ revision }) => revision ?? 0));
  const photos = draft.photos.map((id): Photo => ({ id, state: "waiting" }));
  return [...entries, { ...draft, base, number, photos, state: "waiting", revision: undefined, conflict: undefined, problem: undefined, sent: undefined }];
}

/** What to send next for an account: the oldest; nothing of a place where a conflict came before. */
export function nextOf(entries: readonly Entry[], account: number): Entry | undefined {
  const mine = ordered(entries).filter((entry) => entry.account === account);
  const blocked = new Set<string>();
  for (const entry of mine) {
    if (entry.state === "conflict") blocked.add(entry.subject);
    if (entry.state === "waiting" && !blocked.has(entry.subject)) return entry;
  }
  return undefined;
}

function ordered(entries: readonly Entry[]): readonly Entry[] {
  return [...entries].sort((a, b) => a.number - b.number);
}

function changed(entries: readonly Entry[], key: string, change: (entry: Entry) => Entry): readonly Entry[] {
  return entries.map((entry) => (entry.key === key ? change(entry) : entry));
}

function settled(entry: Entry, now: number): Entry {
  const done = entry.revision !== undefined && entry.photos.every(({ state }) => state !== "waiting");
  return done ? { ...entry, state: "sent", sent: now } : entry;
}

/** The city took the words; entries of the same writer about the same place that follow have seen that. */
export function taken(entries: readonly Entry[], key: string, revision: number, now: number): readonly Entry[] {
  const sent = entries.find((entry) => entry.key === key);
  if (sent === undefined) return entries;
  return changed(entries, key, (entry) => settled({ ...entry, revision, conflict: undefined, problem: undefined }, now)).map((entry) => {
    const follows = entry.subject === sent.subject && entry.account === sent.account && entry.number > sent.number;
    return follows && entry.state === "waiting" && entry.base < revision ? { ...entry, base: revision } : entry;
  });
}

export function photoDone(entries: readonly Entry[], key: string, id: string, state: "sent" | "refused", now: number): readonly Entry[] {
  return changed(entries, key, (entry) => {
    const photos = entry.photos.map((photo) => (photo.id === id ? { ...photo, state } : photo));
    return settled({ ...entry, photos }, now);
  });
}

export function conflicted(entries: readonly Entry[], key: string, conflict: Conflict): readonly Entry[] {
  return changed(entries, key, (entry) => ({ ...entry, state: "conflict", conflict }));
}

export function refused(entries: readonly Entry[], key: string, problem: string): readonly Entry[] {
  return changed(entries, key, (entry) => ({ ...entry, state: "refused", problem }));
}

/** Its writer has seen what others wrote and sends these words; `key` is new, since they may be other words. */
export function sentAnyway(entries: readonly Entry[], old: string, key: string, written: Written): readonly Entry[] {
  return changed(entries, old, (entry) => {
    const base = Math.max(entry.base, entry.conflict?.revision ?? 0);
    return { ...entry, key, base, written, state: "waiting", conflict: undefined, problem: undefined };
  });
}

export function dropped(entries: readonly Entry[], key: string): readonly Entry[] {
  return entries.filter((entry) => entry.key !== key);
}

/** Without what was sent long ago. */
export function fresh(entries: readonly Entry[], now: number): readonly Entry[] {
  return entries.filter(({ sent }) => sent === undefined || now - sent < SHOWN_MS);
}

/** Whether others changed the very visit that the entry changes, and not only made one of their own. */
export function isSameVisit({ visit, conflict }: Entry): boolean {
  return conflict?.visits.some(({ id }) => id === visit) === true;
}

/** How many an account has that need a network or its decision. */
export function unsent(entries: readonly Entry[], account: number | undefined): number {
  return entries.filter((entry) => entry.account === account && entry.state !== "sent").length;
}

export type Verdict = "taken" | "conflict" | "sign-in" | "later" | "refused";

/** What an answer means for what was sent. `status` 0: there was none. */
export function verdictOf(status: number, reason: string | undefined): Verdict {
  if (status >= 200 && status < 300) return "taken";
  // Somebody else signed in on this phone: what was written waits for its writer.
  if (status === 401 || reason === "other-account") return "sign-in";
  if (status === 409 && reason === "visited-meanwhile") return "conflict";
  // No room is for the city to mend; what it forbids today, another role may allow tomorrow, but nobody can wait for that.
  if (status === 0 || status === 408 || status === 429 || status >= 500) return "later";
  return "refused";
}
