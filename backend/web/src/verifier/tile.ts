/** Tiles and entry bundles of the city log (SPEC.md §5.1). */

import { WireError } from "./errors.ts";

/** Hashes in a full tile, entries in a full bundle. */
export const FULL_WIDTH = 256;
const MAX_LEVEL = 7;
const PATH = /^tile\/(entries|[0-7])\/((?:x[0-9]{3}\/)*[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/;
const LENGTH_BYTES = 2;

export interface TilePath {
  readonly level: number | "entries";
  readonly number: bigint;
  readonly width: number;
}

/** The path below the log's prefix. */
export function tilePath({ level, number, width }: TilePath): string {
  const digits = number.toString();
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, "0");
  const groups = padded.match(/.../g) ?? [];
  const path = groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join("/");
  return `tile/${level}/${path}${width === FULL_WIDTH ? "" : `.p/${width}`}`;
}

/** What a path names; only the one spelling of SPEC.md §5.1 is read. Throws `malformed`. */
export function parseTilePath(text: string): TilePath {
  const parts = PATH.exec(text);
  if (parts === null) throw new WireError("malformed", `not a tile path: ${text}`);
  const level = parts[1] === "entries" ? "entries" : Number(parts[1]);
  const number = BigInt((parts[2] as string).replace(/[x/]/g, ""));
  const found: TilePath = { level, number, width: parts[3] === undefined ? FULL_WIDTH : Number(parts[3]) };
  const inRange = number < 1n << 63n && found.width <= FULL_WIDTH && (level === "entries" || level <= MAX_LEVEL);
  if (!inRange || tilePath(found) !== text) throw new WireError("malformed", `not a tile path: ${text}`);
  return found;
}

/** The 1 to 256 entries of a bundle. Throws `truncated`, `out-of-range`. */
export function decodeBundle(bytes: Uint8Array): readonly Uint8Array[] {
  const entries: Uint8Array[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  while (at < bytes.length) {
    if (at + LENGTH_BYTES > bytes.length) throw new WireError("truncated", "entry bundle is cut");
    const end = at + LENGTH_BYTES + view.getUint16(at);
    if (end > bytes.length) throw new WireError("truncated", "entry bundle is cut");
    entries.push(bytes.slice(at + LENGTH_BYTES, end));
    at = end;
  }
  if (entries.length < 1 || entries.length > FULL_WIDTH) throw new WireError("out-of-range", `bundle of ${entries.length} entries`);
  return entries;
}
