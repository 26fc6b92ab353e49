import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../src/api/client.ts";
import { type FetchEntryProof, type FileOutcome, checkFile, trackOf } from "../src/trust/file.ts";
import { fromUtf8 } from "../src/verifier/bytes.ts";
import type { CborValue } from "../src/verifier/cbor.ts";
import { City, Key, Scene, bundle } from "./support/city.ts";

const ZOO = "organisation/zoo";
const CONTRACT = "contract/2026-1";
/** Every byte takes a minute; the vectors and their mutations go on where this leaves off. */
const STRIDE = process.env.CIVICROOT_SOAK === undefined ? 7 : 3;

/** A log with the statement of an organisation, and the bundle that shows who signed it. */
class Desk {
  readonly city = new City();
  readonly zoo = new Key("zoo");
  readonly index: number;
  readonly proof: Uint8Array;

  constructor() {
    const enrolled = this.city.append(this.city.enrolment(this.zoo, { subject: ZOO, role: "organisation", statusIndex: 3n }));
    this.index = this.city.append(this.city.statement(this.zoo, "text/plain", CONTRACT, "emptied daily", ZOO));
    const list = this.city.append(this.city.statusList(new Uint8Array(1)));
    const parts = new Map<bigint, CborValue>([
      [1n, "civicroot/entry-proof/v1"],
      [2n, this.city.realm],
      [5n, this.city.logged(this.index)],
      [6n, fromUtf8(this.city.checkpoint())],
      [7n, this.city.logged(enrolled)],
      [9n, this.city.logged(list)],
    ]);
    this.proof = bundle(parts);
  }

  check(bytes: Uint8Array, fetch: FetchEntryProof = async () => this.proof): Promise<FileOutcome> {
    const kept = new Map<string, string>();
    const store = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    };
    return checkFile(bytes, this.city.policyFile(), store, fetch);
  }
}

const desk = new Desk();
const forms = {
  entry: desk.proof,
  "tlog-proof": desk.city.tlogProof(desk.index),
  transparent: desk.city.transparent(desk.index, CONTRACT),
} as const;

for (const [track, bytes] of Object.entries(forms)) {
  test(`a statement is verified from its ${track}`, async () => {
    assert.equal(trackOf(bytes), track);
    const outcome = await desk.check(bytes);
    assert.ok(outcome.state === "entry", JSON.stringify(outcome.state));
    const { entry } = outcome;
    assert.deepEqual([entry.entry.kind, entry.issuer, entry.subject, outcome.track], ["statement", ZOO, CONTRACT, track]);
    assert.equal(entry.standing?.withdrawnAt, undefined);
  });

  test(`a flipped bit anywhere in a file of kind ${track} fails`, async () => {
    for (let at = 0; at < bytes.length; at += STRIDE) {
      const flipped = bytes.slice();
      flipped[at] = (flipped[at] as number) ^ (1 << (at % 8));
      const outcome = await desk.check(flipped);
      assert.equal(outcome.state, "failed", `bit ${at % 8} of byte ${at}`);
    }
  });
}

test("without the log's bundle only what the file shows is said", async () => {
  const silent = async (): Promise<Uint8Array> => {
    throw new ApiError(0, "nobody answers");
  };
  for (const track of ["tlog-proof", "transparent"] as const) {
    const outcome = await desk.check(forms[track], silent);
    assert.ok(outcome.state === "logged");
    assert.equal(outcome.why, "nobody answers");
    assert.equal(outcome.inclusion.notAfter === undefined, track === "transparent");
  }
  assert.equal((await desk.check(forms.entry, silent)).state, "entry");
});

test("a server that shows another entry at that place is caught", async () => {
  const other = new Scene();
  const bytes = forms.transparent;
  const parts = new Map<bigint, CborValue>([
    [1n, "civicroot/entry-proof/v1"],
    [2n, desk.city.realm],
    [5n, desk.city.logged(0)],
    [6n, fromUtf8(desk.city.checkpoint())],
  ]);
  const shown = await desk.check(bytes, async () => bundle(parts));
  assert.deepEqual([shown.state, shown.state === "failed" && shown.reason], ["failed", "other-entry"]);
  const broken = await desk.check(bytes, async () => other.proof());
  assert.equal(broken.state, "failed");
});

test("a receipt of another log says nothing here", async () => {
  const elsewhere = new City();
  Object.assign(elsewhere, { log: new Key("another log") });
  elsewhere.entries.push(...desk.city.entries);
  const outcome = await desk.check(elsewhere.transparent(desk.index, CONTRACT));
  assert.deepEqual([outcome.state, outcome.state === "failed" && [outcome.step, outcome.reason]], ["failed", ["receipt", "untrusted"]]);
});

test("a receipt about another subject is none for this statement", async () => {
  const outcome = await desk.check(desk.city.transparent(desk.index, "contract/2026-2"));
  assert.deepEqual([outcome.state, outcome.state === "failed" && [outcome.step, outcome.reason]], ["failed", ["receipt", "untrusted"]]);
});
