/** Names: realm, subject and measurement (SPEC.md §2, §3, §3.1). */

import { WireError } from "./errors.ts";

const REALM = /^(?=.{1,64}$)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/;
const SUBJECT = /^[a-z]{1,48}\/[A-Za-z0-9._-]{1,48}$/;
const MEASUREMENT = /^[a-z0-9][a-z0-9._-]{0,31}$/;

function checked(text: string, form: RegExp, what: string): string {
  if (!form.test(text)) throw new WireError("bad-text", `not a ${what}: ${text}`);
  return text;
}

export function checkRealm(text: string): string {
  return checked(text, REALM, "realm");
}

/** `class/name`, like `bin/12`. */
export function checkSubject(text: string): string {
  return checked(text, SUBJECT, "subject");
}

export function checkMeasurement(text: string): string {
  return checked(text, MEASUREMENT, "measurement name");
}
