/**
 * The shapes of a device's answers: what the page uses of them is there, and is what it says it is.
 *
 * Anybody may have made what is plugged in, and its words go to the registrar. So a key is a key, its kid is its own, and a text
 * is short and printable. All functions throw WrongDevice.
 */

import { fromHex, toHex } from "../verifier/bytes.ts";
import { WireError } from "../verifier/errors.ts";
import { kidOf } from "../verifier/keys.ts";
import { checkRealm, checkSubject } from "../verifier/names.ts";
import { WrongDevice } from "./errors.ts";
import type { Message } from "./line.ts";

const MAX_TEXT = 100; // letters; the longest that firmware says are flags of sensors with their quantity
const MAX_PARTS = 100; // sensors, faults or values of one answer: a bin has a dozen
const PRINTABLE = /^[^\p{C}\p{Zl}\p{Zp}]+$/u;

export interface Identity {
  readonly kid: string;
  readonly public: string;
  readonly model: string;
  readonly version: string;
  readonly simulated: boolean;
}

export interface Status {
  readonly state: string;
  readonly realm: string | undefined;
  readonly subject: string | undefined;
  /** The account that it has at its gateway's broker. */
  readonly username: string | undefined;
}

export type Table = Readonly<Record<string, unknown>>;

/** What came of one part: `shown`, `joined`, …, or a sensor's values and faults. */
export type Found = string | { readonly values: Table; readonly faults: Readonly<Record<string, string>> };

function wrong(what: string): never {
  throw new WrongDevice("strange", what);
}

function text(of: Table, name: string): string {
  const found = of[name];
  if (typeof found !== "string" || found.length > MAX_TEXT || !PRINTABLE.test(found)) wrong(`${name} is no short text`);
  return found;
}

function hex(of: Table, name: string, bytes: number): string {
  const found = of[name];
  if (typeof found !== "string" || !new RegExp(`^[0-9a-f]{${2 * bytes}}$`).test(found)) wrong(`${name} is not ${bytes} bytes in hexadecimal`);
  return found;
}

/** The object of that name, empty if there is none. */
function table(of: Table, name: string): Table {
  const found = of[name] ?? {};
  if (typeof found !== "object" || found === null || Array.isArray(found)) wrong(`${name} is no object`);
  const keys = Object.keys(found);
  if (keys.length > MAX_PARTS || keys.some((key) => key.length > MAX_TEXT)) wrong(`${name} is too large`);
  return found as Table;
}

function named(of: Table, name: string, check: (value: string) => string): string | undefined {
  if (of[name] === undefined || of[name] === null) return undefined;
  try {
    return check(text(of, name));
  } catch (error) {
    if (error instanceof WireError) wrong(`${name}: ${error.message}`);
    throw error;
  }
}

function texts(of: Table, name: string): Readonly<Record<string, string>> {
  const found = table(of, name);
  return Object.fromEntries(Object.keys(found).map((key) => [key, text(found, key)]));
}

export function identityOf(answer: Message): Identity {
  const found = { kid: hex(answer, "kid", 8), public: hex(answer, "public", 32), model: text(answer, "model"), version: text(answer, "version") };
  if (toHex(kidOf(fromHex(found.public))) !== found.kid) wrong("its kid is another key's");
  return { ...found, simulated: answer["simulated"] === true };
}

export function statusOf(answer: Message): Status {
  if (typeof answer["set"] !== "object" || answer["set"] === null) wrong("set is no object");
  const set = table(answer, "set");
  const gateway = table(set, "gateway");
  return {
    state: text(answer, "state"),
    realm: named(set, "realm", checkRealm),
    subject: named(set, "subject", checkSubject),
    username: named(gateway, "username", (value) => value),
  };
}

export function faultsOf(answer: Message): Readonly<Record<string, string>> {
  if (!("faults" in answer)) wrong("it names no faults, and does not say that there are none");
  return texts(answer, "faults");
}

export function possessionOf(answer: Message): { readonly public: string; readonly possession: string } {
  const possession = answer["possession"];
  if (typeof possession !== "string" || !/^(?:[0-9a-f]{2})+$/.test(possession)) wrong("possession is not hexadecimal");
  return { public: hex(answer, "public", 32), possession };
}

/** What a self-test says on its way; undefined if that is nothing to show. */
export function progressOf(said: unknown): readonly [part: string, found: Found] | undefined {
  if (typeof said !== "object" || said === null) return undefined;
  try {
    const part = text(said as Table, "part");
    const found = (said as Table)["found"];
    if (typeof found === "string") return [part, text(said as Table, "found")];
    const result = table(said as Table, "found");
    return [part, { values: { ...table(result, "raw"), ...table(result, "values") }, faults: texts(result, "faults") }];
  } catch (error) {
    if (error instanceof WrongDevice) return undefined;
    throw error;
  }
}
