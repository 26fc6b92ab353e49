/** Sends what waits, one after another: the words first, then the photos. Everything is kept before and after each step. */

import type { Answer } from "./api.ts";
import { type Conflict, type Entry, conflicted, nextOf, photoDone, refused, taken, verdictOf } from "./outbox.ts";
import type { CrewStore } from "./store.ts";
import type { Visit } from "./types.ts";

export interface Sends {
  readonly visit: (entry: Entry) => Promise<Answer<Visit & Conflict>>;
  readonly photo: (entry: Entry, id: string, photo: Blob) => Promise<Answer<undefined>>;
}

/** Why it stopped: nothing waits any more, nobody is signed in, or there is no connection. */
export type Stopped = "done" | "sign-in" | "later";
type Step = "next" | Exclude<Stopped, "done">;

/** Sends for `account` until it stops. Only one may run at a time; see `alone`. */
export async function send(store: CrewStore, account: number, sends: Sends, changed: () => void, now: () => number): Promise<Stopped> {
  while (true) {
    const entry = nextOf(await store.entries(), account);
    if (entry === undefined) return "done";
    const step = await (entry.revision === undefined ? sendWords(store, entry, sends, now) : sendPhoto(store, entry, sends, now));
    if (step !== "next") return step;
    changed();
  }
}

async function sendWords(store: CrewStore, entry: Entry, sends: Sends, now: () => number): Promise<Step> {
  const { status, reason, body } = await sends.visit(entry);
  const verdict = verdictOf(status, reason);
  if (verdict === "sign-in" || verdict === "later") return verdict;
  await store.change((entries) => {
    if (verdict === "taken" && body !== undefined) return taken(entries, entry.key, revisionOf(entry, body), now());
    if (verdict === "conflict" && body !== undefined) return conflicted(entries, entry.key, { visits: body.visits, revision: body.revision });
    return refused(entries, entry.key, reason ?? String(status));
  });
  return "next";
}

/** That of the entry itself: a newer one would say that its writer has seen what somebody else wrote meanwhile. */
function revisionOf({ key, base }: Entry, visit: Visit): number {
  return visit.entry === key ? visit.revision : base;
}

async function sendPhoto(store: CrewStore, entry: Entry, sends: Sends, now: () => number): Promise<Step> {
  const waiting = entry.photos.find(({ state }) => state === "waiting");
  if (waiting === undefined) throw new Error(`${entry.key} waits for nothing`);
  const photo = await store.photo(waiting.id);
  const answer = photo === undefined ? undefined : await sends.photo(entry, waiting.id, photo);
  const verdict = answer === undefined ? "refused" : verdictOf(answer.status, answer.reason);
  if (verdict === "sign-in" || verdict === "later") return verdict;
  await store.change((entries) => photoDone(entries, entry.key, waiting.id, verdict === "taken" ? "sent" : "refused", now()));
  // What the city refused stays here, where its maker can still look at it.
  if (verdict === "taken") await store.removePhoto(waiting.id);
  return "next";
}

/** Runs `work` unless another tab of this browser does it already. */
export async function alone<T>(work: () => Promise<T>): Promise<T | undefined> {
  if (!("locks" in navigator)) return work();
  return navigator.locks.request("civicroot-crew-outbox", { ifAvailable: true }, (lock) => (lock === null ? undefined : work()));
}
