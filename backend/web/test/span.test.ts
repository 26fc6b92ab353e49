import assert from "node:assert/strict";
import { test } from "node:test";
import type { HistoryPoint } from "../src/api/types.ts";
import { chooseSpan } from "../src/pages/place/span.ts";

const NOW = new Date("2026-09-21T12:00:00Z");
const BUCKETS = 200;

/** What a server answers that has readings at these ages, in minutes: one point for each of 200 intervals with any. */
function server(ages: readonly number[]): { readonly asked: number[]; readonly load: (from: Date, to: Date) => Promise<HistoryPoint[]> } {
  const asked: number[] = [];
  const load = (from: Date, to: Date): Promise<HistoryPoint[]> => {
    const minutes = (to.getTime() - from.getTime()) / 60_000;
    asked.push(minutes / 60);
    const buckets = new Set(ages.filter((age) => age <= minutes).map((age) => Math.floor((age / minutes) * BUCKETS)));
    return Promise.resolve([...buckets].map(() => ["2026-09-21T11:00:00Z", 0.5, 0.5, 0.5]));
  };
  return { asked, load };
}

function every(minutes: number, until: number): readonly number[] {
  return Array.from({ length: Math.floor(until / minutes) }, (_, i) => (i + 0.5) * minutes);
}

test("a day is shown where there is a day, and nothing else is asked for", async () => {
  const { asked, load } = server(every(10, 3000));
  assert.equal((await chooseSpan(load, NOW))?.span, "day");
  assert.deepEqual(asked, [24]);
});

test("a young city shows its last hours or minutes", async () => {
  assert.equal((await chooseSpan(server(every(0.05, 60)).load, NOW))?.span, "sixHours");
  assert.equal((await chooseSpan(server(every(0.05, 10)).load, NOW))?.span, "hour");
});

test("a device that reports every six hours shows a week", async () => {
  assert.equal((await chooseSpan(server(every(360, 20_000)).load, NOW))?.span, "week");
});

test("where no span has points enough, the one with most is shown, and none where no line can be drawn", async () => {
  assert.deepEqual(await chooseSpan(server([1]).load, NOW), undefined);
  assert.deepEqual(await chooseSpan(server([]).load, NOW), undefined);
  const few = await chooseSpan(server([10, 200, 600]).load, NOW);
  assert.deepEqual([few?.span, few?.points.length], ["day", 3]);
});
