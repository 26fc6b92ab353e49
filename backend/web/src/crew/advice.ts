/** What a device says is wrong, as its reader understands it, and what to check. */

import { ALARMS, type Advice, FLAGS, type FaultTexts, PARTS } from "../texts/faults.ts";

function isOf<T extends string>(names: readonly T[], name: string): name is T {
  return (names as readonly string[]).includes(name);
}

/** What a fault means, and what to check. */
export function adviceOnFault({ sensor, flag }: { readonly sensor: string; readonly flag: string }, texts: FaultTexts): Advice {
  const part = `${sensor}:${flag}`;
  if (isOf(PARTS, part)) return texts.parts[part];
  return isOf(FLAGS, flag) ? texts.flags[flag] : texts.unknown;
}

/** What an alarm is called, what it means, and what to check. */
export function adviceOnAlarm(alarm: string, texts: FaultTexts): Advice & { readonly name: string } {
  return isOf(ALARMS, alarm) ? { name: texts.alarmNames[alarm], ...texts.alarms[alarm] } : { name: alarm, ...texts.unknown };
}
