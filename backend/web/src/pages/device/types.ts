/** What the server answers of one device. None of it is trusted: each part names the bytes that show it. */

import type { Reading, Value } from "../../api/types.ts";

export interface SeriesPoint {
  readonly time: string;
  readonly value: number;
  readonly seq: number;
  readonly log_index: number;
  readonly published: boolean;
  /** Its record is no longer kept, so nothing proves it. */
  readonly pruned: boolean;
  readonly proof: string;
}

export interface Series {
  readonly name: string;
  readonly unit: string | null;
  readonly start: string;
  readonly end: string;
  /** More than there are points: they were thinned out. */
  readonly total: number;
  readonly points: readonly SeriesPoint[];
}

export interface Measured {
  readonly name: string;
  readonly unit: string | null;
  /** Whether there is a series of it. */
  readonly chart: boolean;
  readonly value: Value | null;
  readonly reading: Reading | null;
}

export const EVENTS = [
  "enrolled", "moved", "reassigned", "replaced", "rotated", "revoked", "configuration", "started", "alarm", "update", "equivocation",
] as const;

export interface LifeEvent {
  readonly what: (typeof EVENTS)[number];
  readonly time: string | null;
  readonly clock: "device" | "backend" | null;
  readonly subject: string | null;
  readonly text: string | null;
  readonly other: string | null;
  readonly log_index: number;
  readonly seq: number | null;
}

export interface Life {
  readonly events: readonly LifeEvent[];
  readonly searched: number;
}

export interface Said {
  readonly text: string;
  readonly seq: number;
}

export interface Settings {
  readonly desired: { readonly version: number; readonly settings: Readonly<Record<string, string>>; readonly log_index: number } | null;
  readonly reported: {
    readonly promised: Said | null;
    readonly software: Said | null;
    readonly calibrations: Readonly<Record<string, Said>>;
  };
}

export const SHOWS = ["record", "batch", "pruning", "says-skipped", "says-thinned", "before", "after"] as const;

/** What became of one number. */
export interface NumberFate {
  readonly seq: number;
  readonly fate: "received" | "pruned" | "rejected" | "skipped" | "thinned" | "lost" | "unused";
  readonly equivocated: boolean;
  readonly evidence: readonly { readonly shows: (typeof SHOWS)[number]; readonly seq: number | null; readonly log_index: number | null }[];
}
