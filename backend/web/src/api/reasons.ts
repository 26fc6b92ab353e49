/** The reasons for which a gateway needs somebody, as its alarms name them (wire/SPEC.md §8), worst first. */

export const REASONS = [
  "offline",
  "spool-failing",
  "disk-full",
  "spool-full",
  "revoked",
  "spool-damaged",
  "contradiction",
  "clock-unset",
  "clock-back",
  "clock-ahead",
  "batches-refused",
  "not-enrolled",
  "devices-down",
  "bridge-down",
  "room-short",
  "certificate-ends",
  "uplink-down",
] as const;
export type Reason = (typeof REASONS)[number];

/** While one of these holds, no reading comes from the gateway, or none that the city takes. */
const STOPPED: readonly string[] = ["offline", "spool-failing", "disk-full", "spool-full", "revoked"] satisfies Reason[];

export function isReason(name: string): name is Reason {
  return REASONS.some((reason) => reason === name);
}

function rank(name: string): number {
  return isReason(name) ? REASONS.indexOf(name) : REASONS.length;
}

/** Worst first; what this page does not know comes last. */
export function worstFirst(reasons: readonly string[]): readonly string[] {
  return [...reasons].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

export type Standing = "offline" | "stopped" | "trouble";

/** How bad it is. */
export function standingOf(reasons: readonly string[]): Standing {
  if (reasons.includes("offline")) return "offline";
  return reasons.some((name) => STOPPED.includes(name)) ? "stopped" : "trouble";
}

/** Gateways, worst first; of equally bad ones, that with most devices. */
export function inOrder<T extends { readonly reasons: readonly string[]; readonly behind: number }>(alarms: readonly T[]): readonly T[] {
  const worst = ({ reasons }: T): number => Math.min(...reasons.map(rank));
  return [...alarms].sort((a, b) => worst(a) - worst(b) || b.behind - a.behind);
}
