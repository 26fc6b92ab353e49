/** What the editor begins with, for each kind: figures that fit most places. */

import type { Kind, Rule } from "./types.ts";

const HOUR = 3600;
const BASE = {
  name: "",
  severity: "warning",
  subject_kind: null,
  subject: null,
  kid: null,
  for_seconds: 0,
  quiet_seconds: HOUR,
  enabled: true,
  targets: [],
} as const;

export const STARTS: Readonly<Record<Kind, Rule>> = {
  threshold: { ...BASE, kind: "threshold", subject_kind: "bin", for_seconds: 600, parameters: { name: "fill", side: "above", begin: 0.9, end: 0.8 } },
  rise: { ...BASE, kind: "rise", severity: "urgent", parameters: { name: "temp", direction: "up", change: 8, window_seconds: 300 } },
  flag: { ...BASE, kind: "flag", severity: "urgent", parameters: { flags: ["fire"] } },
  silence: { ...BASE, kind: "silence", for_seconds: HOUR, parameters: {} },
  lost: { ...BASE, kind: "lost", for_seconds: HOUR, parameters: { least: 1 } },
  equivocation: { ...BASE, kind: "equivocation", severity: "urgent", parameters: {} },
  checkpoint: { ...BASE, kind: "checkpoint", severity: "urgent", parameters: { age_seconds: 900 } },
  quorum: { ...BASE, kind: "quorum", severity: "urgent", for_seconds: 300, parameters: {} },
  anchor: { ...BASE, kind: "anchor", parameters: { age_seconds: 24 * HOUR } },
  gateway: { ...BASE, kind: "gateway", severity: "urgent", for_seconds: 300, parameters: { reasons: [] } },
  refused: { ...BASE, kind: "refused", severity: "urgent", parameters: { least: 3, window_seconds: HOUR, reasons: ["bad-signature", "unknown-key-id", "revoked"] } },
};

/** Measurements that are offered; any other can be typed by a program. */
export const MEASUREMENTS = ["fill", "weight", "temp", "tilt", "soil", "soiltemp", "humidity", "battery"] as const;
/** Why records are refused that somebody tampers with (wire specification §9). */
export const REFUSALS = ["bad-signature", "unknown-key-id", "revoked", "equivocation"] as const;
/** Alarms that devices tell themselves (wire specification §3.1). */
export const FLAGS = ["fire", "tilt", "knock", "full", "battery"] as const;
