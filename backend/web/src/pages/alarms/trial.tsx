/** What a rule would have done in the past, before it is let loose: when it would have rung, for how long, by which readings. */

import { useState } from "preact/hooks";
import { count, moment } from "../../format/time.ts";
import { placeName } from "../../format/value.ts";
import { useTexts } from "../../hooks/language.tsx";
import { Choice, Trouble } from "../../staff/parts.tsx";
import { useDeed } from "../../staff/useDeed.ts";
import { alarmRuleTexts } from "../../texts/alarmrules.ts";
import { tryRule } from "./api.ts";
import { span } from "./describe.ts";
import { Proof } from "./row.tsx";
import type { Rule, Span, Trial } from "./types.ts";

const DAY_MS = 86_400_000;
const RANGES = ["1", "7", "30", "92"] as const;
type Range = (typeof RANGES)[number];

function SpanRow({ once }: { readonly once: Span }) {
  const { common, language } = useTexts();
  const texts = alarmRuleTexts[language];
  const name = placeName(once.subject, common);
  return (
    <li data-span={once.subject} data-told={once.told}>
      <p class="watch-name">
        {once.page === null ? <span>{name}</span> : <a href={once.page}>{name}</a>}
        <span class={`state state-${once.told ? "bad" : "open"}`}>{once.told ? texts.wouldTell : texts.wouldNotTell}</span>
      </p>
      <p class="quiet facts">
        <span>{moment(once.raised, language)}</span>
        <span>{once.cleared === null ? texts.stillSo : texts.lasted(span(once.seconds, language))}</span>
        {once.value !== "" && <strong>{once.value}</strong>}
        <Proof path={once.proof} text={texts.proof} />
        <Proof path={once.cleared_proof} text={texts.clearedProof} />
      </p>
    </li>
  );
}

function Result({ trial }: { readonly trial: Trial }) {
  const { language } = useTexts();
  const texts = alarmRuleTexts[language];
  const number = (value: number): string => count(value, language);
  return (
    <div data-trial data-rang={trial.rang} data-told={trial.told} data-cut={trial.cut || undefined}>
      <p class="trial-figure" role="status">
        {trial.cut === "not-kept" ? texts.cuts["not-kept"] : trial.rang === 0 ? texts.neverRang : texts.rang(trial.rang, number(trial.rang), number(trial.told))}
      </p>
      {trial.rang > 0 && <p>{texts.together(span(trial.seconds, language))}</p>}
      <p class="quiet">{texts.lookedAt(number(trial.looked_at), number(trial.devices))}</p>
      {trial.pruned > 0 && <p class="quiet">{texts.pruned(number(trial.pruned))}</p>}
      {trial.cut !== "" && trial.cut !== "not-kept" && <p class="trouble">{texts.cuts[trial.cut]}</p>}
      <ul>
        {trial.spans.map((once) => (
          <SpanRow key={`${once.subject} ${once.raised}`} once={once} />
        ))}
      </ul>
      {trial.rang > trial.spans.length && <p class="quiet">{texts.earliest(number(trial.spans.length))}</p>}
    </div>
  );
}

export function TrialPanel({ district, rule }: { readonly district: string; readonly rule: Rule }) {
  const { language } = useTexts();
  const texts = alarmRuleTexts[language];
  const [range, setRange] = useState<Range>("7");
  const [tried, setTried] = useState<{ readonly rule: Rule; readonly trial: Trial }>();
  const { running, trouble, run } = useDeed();
  const start = (): void =>
    run(async () => {
      const now = Date.now();
      const named = { ...rule, name: rule.name.trim() || texts.newRule };
      setTried({ rule, trial: await tryRule(district, named, new Date(now - Number(range) * DAY_MS), new Date(now)) });
    });
  const ranges = Object.fromEntries(RANGES.map((days) => [days, days === "1" ? texts.lastDay : texts.lastDays(days)])) as Record<Range, string>;
  return (
    <section class="card staff-list" data-panel="trial">
      <h2>{texts.tryTitle}</h2>
      <p class="quiet">{texts.tryLead}</p>
      <div class="fields trial-ask">
        <Choice label={texts.range} name="range" value={range} options={ranges} onValue={setRange} />
        <button type="button" class="plain" disabled={running} data-action="try" onClick={start}>
          {running ? texts.trying : texts.tryIt}
        </button>
      </div>
      <Trouble text={trouble} />
      {tried !== undefined && tried.rule !== rule && <p class="quiet">{texts.triedOther}</p>}
      {tried !== undefined && <Result trial={tried.trial} />}
    </section>
  );
}
