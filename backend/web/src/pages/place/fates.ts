/** A device's numbers as cells of a strip: each shows the worst fate among the numbers that it stands for. */

import type { Completeness, Ranges } from "../../api/types.ts";
import type { Fate } from "../../texts/completeness.ts";

/** What a phone shows apart. */
const MAX_CELLS = 60;

export interface Cell {
  readonly first: number;
  readonly last: number;
  readonly fate: Fate;
}

function touches(ranges: Ranges, first: number, last: number): boolean {
  return ranges.some(([low, high]) => low <= last && first <= high);
}

/** How many of the numbers `first` to `last` the account lists. */
function listed(account: Completeness, first: number, last: number): number {
  const lists = [account.received, account.skipped, account.thinned, account.rejected, account.pruned, account.lost];
  const within = lists.flat().map(([low, high]) => Math.max(0, Math.min(high, last) - Math.max(low, first) + 1));
  return within.reduce((sum, count) => sum + count, 0);
}

function fateOf(account: Completeness, first: number, last: number): Fate {
  if (touches(account.lost, first, last)) return "lost";
  if (touches(account.rejected, first, last)) return "rejected";
  if (listed(account, first, last) < last - first + 1) return "unknown";
  if (touches(account.thinned, first, last)) return "thinned";
  if (touches(account.received, first, last)) return "received";
  return touches(account.pruned, first, last) ? "pruned" : "skipped";
}

/** The cells of the numbers up to the highest, in order; none if the key used no number. */
export function cellsOf(account: Completeness): readonly Cell[] {
  if (account.highest === null) return [];
  const total = account.highest + 1;
  const count = Math.min(total, MAX_CELLS);
  return Array.from({ length: count }, (_, i) => {
    const first = Math.floor((i * total) / count);
    const last = Math.floor(((i + 1) * total) / count) - 1;
    return { first, last, fate: fateOf(account, first, last) };
  });
}

/** How many numbers were readings: all but those never used. */
export function readingsIn({ counts }: Completeness): number {
  return counts.received + counts.thinned + counts.rejected + counts.pruned + counts.lost;
}
