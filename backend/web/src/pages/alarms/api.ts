/** What this page asks of the API. */

import { ask } from "../../people/api.ts";
import type { AlarmItem, AlarmList, Message, Rule, RuleItem, Target, Trial } from "./types.ts";

const of = (district: string, path: string): string => `districts/${encodeURIComponent(district)}/${path}`;

export interface Targets {
  readonly items: readonly Target[];
  readonly mails: boolean;
}

export const fetchAlarmList = (district: string, state: "open" | "over", cursor: string | null = null): Promise<AlarmList> =>
  ask("GET", of(district, `alarms?state=${state}&limit=50${cursor === null ? "" : `&cursor=${cursor}`}`));
export const acknowledge = (district: string, id: number, note: string): Promise<AlarmItem> =>
  ask("POST", of(district, `alarms/${id}/acknowledgement`), { note });

export const fetchRules = async (district: string): Promise<readonly RuleItem[]> =>
  (await ask<{ readonly items: readonly RuleItem[] }>("GET", of(district, "alarm-rules?limit=200"))).items;
export const saveRule = (district: string, rule: Rule, before: RuleItem | undefined): Promise<RuleItem> =>
  before === undefined ? ask("POST", of(district, "alarm-rules"), rule) : ask("PUT", of(district, `alarm-rules/${before.id}`), rule, before.version);
export const removeRule = (district: string, { id, version }: RuleItem): Promise<void> => ask("DELETE", of(district, `alarm-rules/${id}`), undefined, version);
export const tryRule = (district: string, rule: Rule, from: Date, to: Date): Promise<Trial> =>
  ask("POST", of(district, "alarm-rules/trial"), { rule, from: from.toISOString(), to: to.toISOString() });

export const fetchTargets = (district: string): Promise<Targets> => ask("GET", of(district, "alarm-targets"));
export const addTarget = (district: string, target: Omit<Target, "id" | "district">): Promise<{ readonly target: Target; readonly secret: string | null }> =>
  ask("POST", of(district, "alarm-targets"), target);
export const removeTarget = (district: string, id: number): Promise<void> => ask("DELETE", of(district, `alarm-targets/${id}`));
export const testTarget = (district: string, id: number): Promise<Message> => ask("POST", of(district, `alarm-targets/${id}/test`));
export const fetchMessages = async (district: string, id: number): Promise<readonly Message[]> =>
  (await ask<{ readonly items: readonly Message[] }>("GET", of(district, `alarm-targets/${id}/messages?limit=20`))).items;
