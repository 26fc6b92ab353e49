import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../src/verifier/bytes.ts";
import { WireError } from "../src/verifier/errors.ts";
import { leafHash, rootOf, verifyConsistency, verifyInclusion } from "../src/verifier/merkle.ts";
import { pathOf } from "./support/city.ts";
import { refused } from "./support/refusal.ts";
import { report, sharedText } from "./support/shared.ts";

interface Inclusion {
  readonly leafIdx: string;
  readonly treeSize: string;
  readonly root: string;
  readonly leafHash: string;
  readonly proof: readonly string[] | null;
  readonly wantErr: boolean;
  readonly file: string;
}

/** Numbers are quoted before parsing: some indices are over 2^53. */
function inclusions(): readonly Inclusion[] | undefined {
  const text = sharedText("merkle/inclusion.json")?.replace(/"(leafIdx|treeSize)":(\d+)/g, '"$1":"$2"');
  return text === undefined ? undefined : (JSON.parse(text) as readonly Inclusion[]);
}

function bytes(base64: string): Uint8Array {
  return Uint8Array.from(Buffer.from(base64, "base64"));
}

test("public inclusion vectors", () => {
  const cases = inclusions();
  report("merkle inclusion", cases?.length);
  for (const item of cases ?? []) {
    const path = (item.proof ?? []).map(bytes);
    const run = (): void =>
      verifyInclusion(bytes(item.leafHash), BigInt(item.leafIdx), BigInt(item.treeSize), path, bytes(item.root));
    if (item.wantErr) assert.throws(run, WireError, item.file);
    else run();
  }
});

const LEAVES = Array.from({ length: 21 }, (_, i) => leafHash(utf8(`leaf ${i}`)));

/** Consistency path of RFC 9162 §2.1.4.1, by its recursive definition. */
function consistency(first: number, hashes: readonly Uint8Array[], whole = true): readonly Uint8Array[] {
  if (first === hashes.length) return whole ? [] : [rootOf(hashes)];
  let split = 1;
  while (split * 2 < hashes.length) split *= 2;
  return first <= split
    ? [...consistency(first, hashes.slice(0, split), whole), rootOf(hashes.slice(split))]
    : [...consistency(first - split, hashes.slice(split), false), rootOf(hashes.slice(0, split))];
}

test("every leaf of every small tree is included, and in no other place", () => {
  for (let size = 1; size <= LEAVES.length; size++) {
    const hashes = LEAVES.slice(0, size);
    for (let index = 0; index < size; index++) {
      const path = pathOf(index, hashes);
      verifyInclusion(hashes[index] as Uint8Array, BigInt(index), BigInt(size), path, rootOf(hashes));
      const other = BigInt((index + 1) % size);
      if (size > 1) {
        refused("bad-path", () => verifyInclusion(hashes[index] as Uint8Array, other, BigInt(size), path, rootOf(hashes)));
      }
    }
  }
});

test("every small tree begins with every smaller one", () => {
  for (let second = 1; second <= LEAVES.length; second++) {
    for (let first = 1; first <= second; first++) {
      const [older, newer] = [LEAVES.slice(0, first), LEAVES.slice(0, second)];
      const path = consistency(first, newer);
      verifyConsistency(BigInt(first), rootOf(older), BigInt(second), rootOf(newer), path);
      const wrong = rootOf([...older.slice(1), leafHash(utf8("other"))]);
      refused("bad-path", () => verifyConsistency(BigInt(first), wrong, BigInt(second), rootOf(newer), path));
      const longer = [...path, rootOf(older)];
      refused("bad-path", () => verifyConsistency(BigInt(first), rootOf(older), BigInt(second), rootOf(newer), longer));
    }
  }
  refused("out-of-range", () => verifyConsistency(0n, rootOf([]), 1n, rootOf(LEAVES.slice(0, 1)), []));
});

test("a hash of another length is refused", () => {
  const root = rootOf(LEAVES.slice(0, 2));
  refused("bad-length", () => verifyInclusion(LEAVES[0] as Uint8Array, 0n, 2n, [new Uint8Array(31)], root));
});
