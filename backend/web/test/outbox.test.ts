import assert from "node:assert/strict";
import { test } from "node:test";
import { directionsTo } from "../src/crew/directions.ts";
import type { Answer } from "../src/crew/api.ts";
import { type Conflict, type Draft, type Entry, added, conflicted, dropped, fresh, isSameVisit, nextOf, photoDone, refused, sentAnyway, taken, unsent, verdictOf } from "../src/crew/outbox.ts";
import type { CrewStore } from "../src/crew/store.ts";
import { type Sends, send } from "../src/crew/sync.ts";
import type { Visit } from "../src/crew/types.ts";

const ME = 1;

function draft(key: string, change: Partial<Draft> = {}): Draft {
  const written = { outcome: "done", note: key, care: [], care_note: "", reports: [] } as const;
  return { key, visit: `visit-${key}`, account: ME, district: "north", subject: "bin/1", base: 5, made: "2026-01-01T00:00:00Z", written, photos: [], ...change };
}

function list(...drafts: readonly Draft[]): readonly Entry[] {
  return drafts.reduce<readonly Entry[]>((entries, each) => added(entries, each), []);
}

function theirs(id: string): Conflict {
  return { visits: [{ id, note: "theirs" } as Visit], revision: 9 };
}

function one(entries: readonly Entry[], key: string): Entry {
  const found = entries.find((entry) => entry.key === key);
  assert.ok(found);
  return found;
}

test("what was written first is sent first, and only as who wrote it", () => {
  const entries = list(draft("a", { account: 2 }), draft("b"), draft("c"));
  assert.equal(nextOf(entries, ME)?.key, "b");
  assert.equal(nextOf([...entries].reverse(), ME)?.key, "b");
  assert.equal(nextOf(entries, 3), undefined);
});

test("what follows has seen what this phone itself has sent, and no more", () => {
  const before = list(draft("a"), draft("b"), draft("c", { subject: "bin/2" }), draft("d", { account: 2 }));
  const entries = taken(before, "a", 7, 0);
  assert.deepEqual(entries.map(({ base }) => base), [5, 7, 5, 5]);
  assert.equal(one(entries, "a").state, "sent");
  assert.equal(one(added(entries, draft("e")), "e").base, 7, "also what is written later, with what was on the screen before");
  assert.equal(one(added(entries, draft("f", { base: 4 })), "f").base, 4, "who has not seen what came before it does not know the rest");
});

test("a conflict waits for its writer, and so does what follows at the same place", () => {
  const entries = conflicted(list(draft("a"), draft("b"), draft("c", { subject: "bin/2" })), "a", theirs("other"));
  assert.equal(nextOf(entries, ME)?.key, "c");
  assert.equal(unsent(entries, ME), 3);
  assert.equal(isSameVisit(one(entries, "a")), false);
  assert.equal(isSameVisit(one(conflicted(entries, "b", theirs("visit-b")), "b")), true);
});

test("who has seen both sends his own under a new name, or drops it; nothing else changes", () => {
  const entries = conflicted(list(draft("a", { photos: ["p"] }), draft("b")), "a", theirs("other"));
  const written = { ...one(entries, "a").written, note: "both" };
  const sent = one(sentAnyway(entries, "a", "a2", written), "a2");
  assert.deepEqual([sent.base, sent.visit, sent.written.note, sent.state, sent.photos.length], [9, "visit-a", "both", "waiting", 1]);
  assert.equal(nextOf(dropped(entries, "a"), ME)?.key, "b");
});

test("it is sent when the words and every photo are", () => {
  let entries = taken(list(draft("a", { photos: ["p", "q"] })), "a", 7, 100);
  assert.equal(one(entries, "a").state, "waiting");
  entries = photoDone(entries, "a", "p", "sent", 200);
  assert.equal(nextOf(entries, ME)?.key, "a");
  entries = photoDone(entries, "a", "q", "refused", 300);
  assert.deepEqual([one(entries, "a").state, one(entries, "a").sent], ["sent", 300]);
  assert.equal(fresh(entries, 300 + 86_399_999).length, 1);
  assert.equal(fresh(entries, 300 + 86_400_000).length, 0);
});

test("what was refused is kept and holds up nothing", () => {
  const entries = refused(list(draft("a"), draft("b")), "a", "not-found");
  assert.equal(nextOf(entries, ME)?.key, "b");
  assert.equal(fresh(entries, Number.MAX_SAFE_INTEGER).length, 2);
});

test("an answer is an end, a conflict, or a reason to wait; none loses anything", () => {
  const verdicts = { 200: "taken", 201: "taken", 204: "taken", 0: "later", 408: "later", 429: "later", 500: "later", 503: "later", 401: "sign-in", 403: "refused", 404: "refused", 422: "refused" };
  for (const [status, verdict] of Object.entries(verdicts)) assert.equal(verdictOf(Number(status), "x"), verdict, status);
  assert.equal(verdictOf(409, "visited-meanwhile"), "conflict");
  assert.equal(verdictOf(409, "conflict"), "refused");
  assert.equal(verdictOf(409, "other-account"), "sign-in");
});

/** A phone whose answers come as given, one a request. */
class Phone {
  entries: readonly Entry[];
  readonly photos = new Map<string, Blob>();
  readonly asked: string[] = [];
  readonly answers: (readonly [number, unknown])[];

  constructor(entries: readonly Entry[], ...answers: (readonly [number, unknown])[]) {
    this.entries = entries;
    this.answers = answers;
  }

  get store(): CrewStore {
    const change = async (make: (entries: readonly Entry[]) => readonly Entry[]): Promise<readonly Entry[]> => (this.entries = make(this.entries));
    const used = { change, entries: async () => this.entries, photo: async (id: string) => this.photos.get(id), removePhoto: async (id: string) => void this.photos.delete(id) };
    return used as unknown as CrewStore;
  }

  get sends(): Sends {
    return {
      visit: async ({ key, base }) => this.#answer(`${key} on ${base}`),
      photo: async ({ key }, id) => this.#answer(`${key} photo ${id}`),
    };
  }

  run(): Promise<string> {
    return send(this.store, ME, this.sends, () => undefined, () => 1000);
  }

  #answer<T>(asked: string): Answer<T> {
    this.asked.push(asked);
    const [status, body] = this.answers.shift() ?? [0, undefined];
    return { status, reason: (body as { readonly reason?: string } | undefined)?.reason, body: body as T | undefined };
  }
}

test("words go first and then photos, and what is sent is not kept twice", async () => {
  const phone = new Phone(list(draft("a", { photos: ["p"] }), draft("b")), [201, { entry: "a", revision: 7 }], [204, undefined], [201, { entry: "b", revision: 8 }]);
  phone.photos.set("p", new Blob(["x"]));
  assert.equal(await phone.run(), "done");
  assert.deepEqual(phone.asked, ["a on 5", "a photo p", "b on 7"]);
  assert.deepEqual(phone.entries.map(({ state }) => state), ["sent", "sent"]);
  assert.equal(phone.photos.size, 0);
});

test("where an answer is lost the same is sent again, under the same name", async () => {
  const phone = new Phone(list(draft("a")), [0, undefined]);
  assert.equal(await phone.run(), "later");
  phone.answers.push([200, { entry: "a", revision: 7 }]);
  assert.equal(await phone.run(), "done");
  assert.deepEqual(phone.asked, ["a on 5", "a on 5"]);
});

test("what somebody else wrote while an answer was lost is not taken for seen", async () => {
  const phone = new Phone(list(draft("a"), draft("b")), [200, { entry: "theirs", revision: 12 }], [409, { reason: "visited-meanwhile", ...theirs("visit-a") }]);
  assert.equal(await phone.run(), "done");
  assert.deepEqual(phone.asked, ["a on 5", "b on 5"]);
  assert.deepEqual(phone.entries.map(({ state }) => state), ["sent", "conflict"]);
});

test("a session that is over stops it, and nothing is lost", async () => {
  const phone = new Phone(list(draft("a")), [401, { reason: "not-signed-in" }]);
  assert.equal(await phone.run(), "sign-in");
  assert.deepEqual(phone.entries, list(draft("a")));
});

test("a conflict keeps both, and other places go on", async () => {
  const conflict = { reason: "visited-meanwhile", ...theirs("other") };
  const phone = new Phone(list(draft("a"), draft("b"), draft("c", { subject: "bin/2" })), [409, conflict], [201, { entry: "c", revision: 7 }]);
  assert.equal(await phone.run(), "done");
  assert.deepEqual(phone.entries.map(({ state }) => state), ["conflict", "waiting", "sent"]);
  assert.deepEqual(one(phone.entries, "a").conflict, theirs("other"));
});

test("a photo that the city refuses, or that is gone, does not hold up the words", async () => {
  const phone = new Phone(list(draft("a", { photos: ["p", "gone"] })), [201, { entry: "a", revision: 7 }], [400, { reason: "bad-picture" }]);
  phone.photos.set("p", new Blob(["x"]));
  assert.equal(await phone.run(), "done");
  assert.deepEqual(one(phone.entries, "a").photos.map(({ state }) => state), ["refused", "refused"]);
  assert.equal(phone.photos.size, 1, "its maker can still look at it");
});

test("directions open what the phone has for them", () => {
  const place = { latitude: 37.5665, longitude: 126.978 };
  assert.equal(directionsTo(place, "Bin 1 (north)", "Mozilla/5.0 (Linux; Android 15)"), "geo:37.566500,126.978000?q=37.566500,126.978000(Bin%201%20north)");
  assert.equal(directionsTo(place, "x", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0)"), "maps://?daddr=37.566500,126.978000&dirflg=w");
  assert.equal(directionsTo(place, "x", "Mozilla/5.0 (X11; Linux x86_64)"), "https://www.openstreetmap.org/directions?to=37.566500,126.978000");
});
