/** A rule in one sentence. */

import { count } from "../../format/time.ts";
import type { Language } from "../../texts/language.ts";
import type { CommonTexts } from "../../texts/common.ts";
import { type AlarmRuleTexts, alarmRuleTexts } from "../../texts/alarmrules.ts";
import type { Parameters, Rule } from "./types.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A span of time in its largest whole unit. */
export function span(seconds: number, language: Language): string {
  const texts = alarmRuleTexts[language];
  const [unit, name] = ([[DAY, texts.days], [HOUR, texts.hours], [MINUTE, texts.minutes]] as const).find(([unit]) => seconds >= 2 * unit) ?? [1, texts.seconds];
  const number = Math.round(seconds / unit);
  return name(count(number, language));
}

export function measurement(name: string | undefined, common: CommonTexts): string {
  return common.measurements[name ?? ""] ?? name ?? "";
}

function condition({ kind, parameters: given }: Rule, texts: AlarmRuleTexts, common: CommonTexts, language: Language): string {
  const { side, begin, end, direction, change, window_seconds: within, flags, least, age_seconds: age, reasons }: Parameters = given;
  const name = measurement(given.name, common);
  switch (kind) {
    case "threshold":
      return (side === "above" ? texts.above : texts.below)(name, String(begin), String(end));
    case "rise":
      return (direction === "up" ? texts.risen : texts.fallen)(name, String(change), span(within ?? 0, language));
    case "flag":
      return texts.flagged((flags ?? []).map((flag) => texts.flags[flag] ?? flag).join(", "));
    case "lost":
      return texts.lostLeast(count(least ?? 1, language));
    case "checkpoint":
      return texts.checkpointOld(span(age ?? 0, language));
    case "anchor":
      return texts.anchorOld(span(age ?? 0, language));
    case "gateway":
      return reasons?.length ? texts.gatewayOf(reasons.join(", ")) : texts.gatewayAny;
    case "refused":
      return texts.refusedLeast(count(least ?? 1, language), span(within ?? 0, language), (reasons ?? []).map((reason) => texts.refusals[reason] ?? reason).join(", "));
    default:
      return texts.sentences[kind];
  }
}

export function describe(rule: Rule, common: CommonTexts, language: Language): string {
  const texts = alarmRuleTexts[language];
  const said = condition(rule, texts, common, language);
  return rule.for_seconds > 0 ? texts.lasting(said, span(rule.for_seconds, language)) : said;
}

export function scopeOf({ subject, subject_kind: kind, kid }: Rule, common: CommonTexts, language: Language): string {
  if (kid !== null) return kid;
  if (subject !== null) return subject;
  const texts = alarmRuleTexts[language];
  return kind === null ? texts.everything : kind === "bin" ? texts.bins : kind === "tree" ? texts.trees : (common.measurements[kind] ?? kind);
}
