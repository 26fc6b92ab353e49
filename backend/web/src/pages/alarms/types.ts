/** Alarms by rules, as the API has them. */

import type { Alarms } from "../../api/types.ts";

export const KINDS = ["threshold", "rise", "flag", "silence", "lost", "equivocation", "checkpoint", "quorum", "anchor", "gateway", "refused"] as const;
export type Kind = (typeof KINDS)[number];
export const SEVERITIES = ["urgent", "warning", "notice"] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface AlarmItem {
  readonly id: number;
  readonly rule: number;
  readonly rule_name: string;
  readonly kind: Kind;
  readonly severity: Severity;
  readonly subject: string;
  readonly kid: string | null;
  readonly page: string | null;
  readonly since: string;
  readonly raised: string;
  readonly value: string;
  readonly proof: string | null;
  readonly cleared: string | null;
  readonly cleared_why: string | null;
  readonly cleared_proof: string | null;
  readonly acknowledged: { readonly time: string; readonly name: string; readonly note: string } | null;
  /** When people are told, if it is still so then. */
  readonly told_at: string | null;
}

export interface AlarmList {
  readonly items: readonly AlarmItem[];
  readonly open: number;
  readonly unruled: Alarms;
  readonly next: string | null;
}

export interface Parameters {
  readonly name?: string;
  readonly side?: "above" | "below";
  readonly begin?: number;
  readonly end?: number;
  readonly direction?: "up" | "down";
  readonly change?: number;
  readonly window_seconds?: number;
  readonly flags?: readonly string[];
  readonly least?: number;
  readonly age_seconds?: number;
  readonly reasons?: readonly string[];
}

export interface Rule {
  readonly kind: Kind;
  readonly name: string;
  readonly severity: Severity;
  readonly subject_kind: string | null;
  readonly subject: string | null;
  readonly kid: string | null;
  readonly for_seconds: number;
  readonly quiet_seconds: number;
  readonly enabled: boolean;
  readonly targets: readonly number[];
  readonly parameters: Parameters;
}

export interface RuleItem {
  readonly id: number;
  readonly district: string;
  readonly version: number;
  readonly rule: Rule;
}

export interface Span {
  readonly subject: string;
  readonly page: string | null;
  readonly raised: string;
  readonly cleared: string | null;
  readonly seconds: number;
  readonly value: string;
  readonly proof: string | null;
  readonly cleared_proof: string | null;
  readonly told: boolean;
}

export interface Trial {
  readonly rang: number;
  readonly told: number;
  readonly seconds: number;
  readonly devices: number;
  readonly looked_at: number;
  readonly pruned: number;
  readonly cut: "" | "records" | "devices" | "time" | "not-kept";
  readonly spans: readonly Span[];
}

export interface Target {
  readonly id: number;
  readonly district: string;
  readonly name: string;
  readonly kind: "email" | "webhook";
  readonly address: string;
  readonly language: string;
}

export interface Message {
  readonly id: number;
  readonly event: "raised" | "cleared" | "test";
  readonly rule: string | null;
  readonly count: number;
  readonly state: "waiting" | "sent" | "dead";
  readonly attempts: number;
  readonly next: string | null;
  readonly trouble: string;
  readonly created: string;
  readonly finished: string | null;
}
