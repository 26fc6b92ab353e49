import assert from "node:assert/strict";
import { test } from "node:test";
import { between, columnsOf, drawn, shownUnit, subjectAt } from "../src/pages/device/span.ts";
import type { Life, LifeEvent, SeriesPoint } from "../src/pages/device/types.ts";

const NEWEST = Date.parse("2026-03-08T12:00:00Z");
const DAY = 86_400_000;

test("a span ends with the newest reading, and all begins with the device", () => {
  assert.deepEqual(between("day", NEWEST, undefined), { from: NEWEST + 1000 - DAY, to: NEWEST + 1000 });
  assert.equal(between("all", NEWEST, NEWEST - 40 * DAY).from, NEWEST - 40 * DAY);
  assert.equal(between("all", NEWEST, NEWEST).from, NEWEST + 1000 - DAY, "never less than a day");
  assert.ok(between("all", NEWEST, undefined).from < NEWEST - 300 * DAY);
});

test("what is drawn is in whole seconds, from either side, and a twitch is nothing", () => {
  assert.deepEqual(drawn(100.4, 300.2), { from: 100_000, to: 301_000 });
  assert.deepEqual(drawn(300.2, 100.4), { from: 100_000, to: 301_000 });
  assert.equal(drawn(100, 104), undefined);
});

test("a reading belongs to what the device was when it was logged", () => {
  const event = (what: LifeEvent["what"], log_index: number, subject: string | null): LifeEvent => ({
    what, log_index, subject, time: null, clock: null, text: null, other: null, seq: null,
  });
  const life: Life = { searched: 0, events: [event("reassigned", 50, "bin/2"), event("replaced", 60, null), event("moved", 20, "bin/1"), event("enrolled", 10, "bin/1")] };
  assert.deepEqual([11, 20, 50, 51, 99].map((index) => subjectAt(life, index, "bin/9")), ["bin/1", "bin/1", "bin/1", "bin/2", "bin/2"]);
  assert.equal(subjectAt({ ...life, events: [] }, 11, "bin/9"), "bin/9");
});

test("values are shown in the units that people use", () => {
  const point: SeriesPoint = { time: "2026-03-01T00:00:00Z", value: 0.5, seq: 1, log_index: 2, published: true, pruned: false, proof: "" };
  assert.deepEqual(columnsOf([point], shownUnit("/").factor), [[Date.parse(point.time) / 1000], [50]]);
  assert.equal(shownUnit("m").factor, 1000);
  assert.equal(shownUnit("rad").unit, "°");
  assert.deepEqual(shownUnit(null), { factor: 1, unit: "" });
});
