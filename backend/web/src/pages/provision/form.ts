/** What the crew typed or chose of a place. */

import type { Wanted } from "../../provision/entry.ts";

export interface Form {
  readonly kind: string;
  readonly name: string;
  readonly label: string;
  readonly asset: string;
  readonly latitude: string;
  readonly longitude: string;
}

export const EMPTY: Form = { kind: "bin", name: "", label: "", asset: "", latitude: "", longitude: "" };
const NAME = /^[A-Za-z0-9._-]{1,48}$/;
/** No more decimals than an enrolment carries (SPEC.md §3.3). */
const DEGREES = /^-?[0-9]{1,3}(?:\.[0-9]{1,12})?$/;

function within(text: string, most: number): boolean {
  return DEGREES.test(text) && Math.abs(Number(text)) <= most;
}

/** What is asked for; undefined while something is missing or is none. */
export function wantedOf({ kind, name, label, asset, latitude, longitude }: Form): Wanted | undefined {
  const placed = latitude !== "" || longitude !== "";
  if (!NAME.test(name.trim()) || (placed && !(within(latitude, 90) && within(longitude, 180)))) return undefined;
  return { subject: `${kind}/${name.trim()}`, label: label.trim(), asset: asset.trim(), location: placed ? { latitude, longitude } : undefined };
}

/** The form of what a device is already. */
export function formOf({ subject, label, asset, location }: Wanted): Form {
  const [kind = "bin", name = ""] = subject.split("/");
  return { kind, name, label, asset, latitude: location?.latitude ?? "", longitude: location?.longitude ?? "" };
}
