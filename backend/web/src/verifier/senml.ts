/** The SenML pack of a record in CBOR (RFC 8428 §6), restricted as in SPEC.md §3.1. */

import { type CborMap, type CborValue, Decimal, decode } from "./cbor.ts";
import { WireError } from "./errors.ts";
import { MAX_UINT64, asArray, asBoundedBytes, asBoundedText, asInteger, asMap, asNumber, asUint, checkKeys, optional } from "./fields.ts";
import { checkMeasurement } from "./names.ts";

const BASE_TIME = -3n;
const NAME = 0n;
const UNIT = 1n;
const VALUE = 2n;
const STRING = 3n;
const BOOLEAN = 4n;
const TIME = 6n;
const UPDATE_TIME = 7n;
const DATA = 8n;
const VALUES = [VALUE, STRING, BOOLEAN, DATA];
const MAX_MEASUREMENTS = 16;
/** Smaller times are relative to now (RFC 8428 §4.5.3). */
const ABSOLUTE_TIME = 1n << 28n;
/** Of a unit, string or data value. */
const MAX_TEXT = 64;
/** Longer names are refused by their form. */
const MAX_NAME = 128;

export type MeasuredValue = bigint | Decimal | string | boolean | Uint8Array;

export interface Measurement {
  readonly name: string;
  readonly unit: string | undefined;
  readonly value: MeasuredValue;
  /** Seconds relative to the pack's base time. */
  readonly time: bigint | undefined;
  /** Seconds within which the next report is promised. */
  readonly updateTime: bigint | undefined;
}

export interface Pack {
  /** Unix seconds that the device claims; undefined while its clock is not set. */
  readonly baseTime: bigint | undefined;
  readonly measurements: readonly Measurement[];
}

function decodeValue(fields: CborMap): MeasuredValue {
  const present = VALUES.filter((label) => fields.has(label));
  if (present.length !== 1) {
    throw new WireError(present.length === 0 ? "missing-key" : "unknown-key", "a SenML record has exactly one value");
  }
  const label = present[0] as bigint;
  const value = fields.get(label);
  if (label === VALUE) return asNumber(value, "value");
  if (label === STRING) return asBoundedText(value, "string value", 0, MAX_TEXT);
  if (label === DATA) return asBoundedBytes(value, "data value", 0, MAX_TEXT);
  if (typeof value !== "boolean") throw new WireError("wrong-type", "boolean value is not a boolean");
  return value;
}

function decodeMeasurement(item: CborValue, first: boolean): Measurement {
  const fields = asMap(item, "SenML record");
  checkKeys(fields, "SenML record", [NAME], [UNIT, TIME, UPDATE_TIME, ...VALUES, ...(first ? [BASE_TIME] : [])]);
  return {
    name: checkMeasurement(asBoundedText(fields.get(NAME), "name", 1, MAX_NAME)),
    value: decodeValue(fields),
    unit: optional(fields, UNIT, (value) => asBoundedText(value, "unit", 1, MAX_TEXT)),
    time: optional(fields, TIME, (value) => asInteger(value, "time", -ABSOLUTE_TIME, ABSOLUTE_TIME)),
    updateTime: optional(fields, UPDATE_TIME, (value) => asUint(value, "update time", ABSOLUTE_TIME)),
  };
}

/** The pack of a record's payload. */
export function decodePack(payload: Uint8Array, limit: number): Pack {
  const items = asArray(decode(payload, limit), "SenML pack", 1, MAX_MEASUREMENTS);
  const measurements = items.map((item, index) => decodeMeasurement(item, index === 0));
  const baseTime = optional(asMap(items[0], "SenML record"), BASE_TIME, (value) =>
    asInteger(value, "base time", ABSOLUTE_TIME, MAX_UINT64),
  );
  return { baseTime, measurements };
}
