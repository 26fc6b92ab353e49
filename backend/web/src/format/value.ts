/** Measured values as people read them. */

import type { Value } from "../api/types.ts";
import type { CommonTexts } from "../texts/common.ts";
import type { Measurement } from "../verifier/senml.ts";
import { hexOf } from "./hex.ts";

const DEGREES_PER_RADIAN = 180 / Math.PI;
const MILLIMETRES_PER_METRE = 1000;

export interface Shown {
  readonly number: string;
  readonly unit: string;
}

/** A value of the API's form from what a device signed. */
export function valueOf({ name, unit, value }: Measurement): Value {
  const common = { name, unit: unit ?? null };
  if (typeof value === "boolean" || typeof value === "string") return { ...common, value, text: String(value) };
  if (value instanceof Uint8Array) return { ...common, value: hexOf(value), text: hexOf(value) };
  return { ...common, value: Number(value.toString()), text: value.toString() };
}

function rounded(value: number, digits: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: digits, useGrouping: false });
}

/** Number and unit apart: shares as percent, angles in degrees, growth in millimetres, all else as measured. */
export function show(value: Value, texts: CommonTexts): Shown {
  if (typeof value.value === "boolean") return { number: value.value ? texts.open : texts.closed, unit: "" };
  if (typeof value.value === "string") return { number: value.value, unit: "" };
  switch (value.unit) {
    case "/":
      return { number: rounded(value.value * 100, 0), unit: "%" };
    case "%EL":
    case "%RH":
      return { number: value.text, unit: "%" };
    case "Cel":
      return { number: value.text, unit: "°C" };
    case "rad":
      return { number: rounded(value.value * DEGREES_PER_RADIAN, 1), unit: "°" };
    case "m":
      return { number: rounded(value.value * MILLIMETRES_PER_METRE, 2), unit: "mm" };
    default:
      return { number: value.text, unit: value.unit ?? "" };
  }
}

/** What a measurement is called; unknown names are shown as they are. */
export function nameOf(value: Value, texts: CommonTexts): string {
  return texts.measurements[value.name] ?? value.name;
}

/** What people want to know of a place, in this order; what else a device says of itself is for who looks after it. */
const FOR_PEOPLE = ["weight", "lid", "deposit", "girth", "soiltemp", "humidity", "temp", "tilt", "battery"];

/** A measurement's place among those for people; −1 if it is none of them. */
export function rank({ name }: { readonly name: string }): number {
  return FOR_PEOPLE.indexOf(name);
}

/** What a kind of device is called; other kinds are shown as they are. */
export function kindName(kind: string, texts: CommonTexts): string {
  if (kind === "bin") return texts.bin;
  return kind === "tree" ? texts.tree : kind;
}

/** A subject like `bin/12` as people call it; of other kinds as it is. */
export function placeName(subject: string, texts: CommonTexts): string {
  const [kind, name] = subject.split("/") as [string, string | undefined];
  return kind === "bin" || kind === "tree" ? `${kindName(kind, texts)} ${name ?? ""}` : subject;
}

/** The measurement that a page of this kind shows large. */
export function mainName(kind: string): string {
  return kind === "tree" ? "soil" : "fill";
}

/** The share 0–1 that the value `name` states, if it is there. */
export function shareOf(values: readonly Value[], name: string): number | undefined {
  const value = values.find((candidate) => candidate.name === name)?.value;
  return typeof value === "number" ? Math.min(Math.max(value, 0), 1) : undefined;
}
