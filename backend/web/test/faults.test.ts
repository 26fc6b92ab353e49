import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { adviceOnAlarm, adviceOnFault } from "../src/crew/advice.ts";
import { ALARMS, FLAGS, PARTS, faultTexts } from "../src/texts/faults.ts";

const ROOT = new URL("../../../", import.meta.url);

function file(path: string): string {
  return readFileSync(new URL(path, ROOT), "utf8");
}

function found(text: string, pattern: RegExp): readonly string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, name]) => name as string))].sort();
}

test("there is advice on every flag that the firmware says, and on none that it does not", () => {
  const sensors = found(file("firmware/lib/civicroot_device/sensors/sensor.py"), /^[A-Z_]+ = "([a-z-]+)"/gm);
  const device = found(file("firmware/lib/civicroot_device/safe_mode.py"), /^FAULT = "device:([a-z-]+)"/gm);
  assert.equal(sensors.length, 6);
  assert.equal(device.length, 1);
  assert.deepEqual([...FLAGS].sort(), [...sensors, ...device].sort());
});

test("there is advice on every alarm that a device raises", () => {
  const kinds = file("firmware/lib/civicroot_device/reporting/kinds.py");
  assert.deepEqual([...ALARMS].sort(), found(kinds, /(?:Threshold|Rise|Event)\("([a-z]+)"/g));
});

test("the page and the handbook know the same flags, and those of parts", () => {
  const handbook = file("docs/devices.md");
  const table = handbook.slice(handbook.indexOf("\n## Faults"), handbook.indexOf("\n## Claiming, as"));
  assert.deepEqual(found(table, /^\| `([a-z-]+)` \|/gm), FLAGS.filter((flag) => flag !== "safe-mode").sort());
  for (const part of PARTS) assert.ok(handbook.includes(`\`${part}\``), part);
});

test("what a part says counts before what its flag says, and what is unknown is said to be", () => {
  const texts = faultTexts.en;
  assert.equal(adviceOnFault({ sensor: "scan", flag: "no-answer" }, texts), texts.parts["scan:no-answer"]);
  assert.equal(adviceOnFault({ sensor: "temp", flag: "no-answer" }, texts), texts.flags["no-answer"]);
  assert.equal(adviceOnFault({ sensor: "temp", flag: "constructor" }, texts), texts.unknown);
  assert.equal(adviceOnAlarm("tilt", texts).name, "Tilt");
  assert.equal(adviceOnAlarm("flood", texts).name, "flood");
});
