import assert from "node:assert/strict";
import { test } from "node:test";
import type { Completeness, Ranges } from "../src/api/types.ts";
import { cellsOf, readingsIn } from "../src/pages/place/fates.ts";

type Lists = Partial<Pick<Completeness, "received" | "skipped" | "thinned" | "rejected" | "pruned" | "lost">>;

function size(ranges: Ranges = []): number {
  return ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
}

function account(highest: number | null, lists: Lists): Completeness {
  const { received, skipped, thinned, rejected, pruned, lost } = lists;
  const counts = { received, skipped, thinned, rejected, pruned, lost };
  const counted = Object.fromEntries(Object.entries(counts).map(([fate, ranges]) => [fate, size(ranges)]));
  const none = { received: [], skipped: [], thinned: [], rejected: [], pruned: [], lost: [] };
  return {
    ...{ kid: "00".repeat(8), subject: "bin/1", highest, ...none, ...lists },
    counts: { conflicts: 0, equivocated: 0, ...(counted as Omit<Completeness["counts"], "conflicts" | "equivocated">) },
    ...{ truncated: false, silent_since: null, silence_clock: null, withdrawn: null, as_of: 9 },
  };
}

function fates(found: Completeness): readonly string[] {
  return cellsOf(found).map(({ fate }) => fate);
}

test("each number has a cell of its own while there is room", () => {
  const found = account(6, { received: [[0, 0], [6, 6]], lost: [[1, 1]], skipped: [[2, 2]], thinned: [[3, 3]], rejected: [[4, 4]], pruned: [[5, 5]] });
  assert.deepEqual(fates(found), ["received", "lost", "skipped", "thinned", "rejected", "pruned", "received"]);
  assert.equal(readingsIn(found), 6);
});

test("a single hole among a million shows", () => {
  const found = account(999_999, { received: [[0, 500_000], [500_002, 999_999]], lost: [[500_001, 500_001]] });
  assert.equal(fates(found).length, 60);
  assert.equal(fates(found).filter((fate) => fate === "lost").length, 1);
});

test("cells cover every number once", () => {
  for (const highest of [0, 1, 59, 60, 61, 4711]) {
    const cells = cellsOf(account(highest, { received: [[0, highest]] }));
    assert.equal(cells[0]?.first, 0);
    assert.equal(cells.at(-1)?.last, highest);
    for (const [i, { first, last }] of cells.entries()) {
      assert.ok(first <= last);
      if (i > 0) assert.equal(first, (cells[i - 1]?.last ?? 0) + 1);
    }
  }
});

test("what a shortened list leaves out is not said to be received", () => {
  assert.deepEqual(fates(account(3, { received: [[2, 3]] })), ["unknown", "unknown", "received", "received"]);
});

test("a key that used no number has no strip", () => {
  assert.deepEqual(cellsOf(account(null, {})), []);
});
