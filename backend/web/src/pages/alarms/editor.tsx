/** A rule that is made or changed: what it asks for, of what, whom it tells; and what it would have done. */

import { useState } from "preact/hooks";
import { useTexts } from "../../hooks/language.tsx";
import { Choice, Form, NumberField, TextField, Trouble } from "../../staff/parts.tsx";
import { useDeed } from "../../staff/useDeed.ts";
import { alarmRuleTexts } from "../../texts/alarmrules.ts";
import { saveRule } from "./api.ts";
import { ParameterFields } from "./parameters.tsx";
import { STARTS } from "./starts.ts";
import { TrialPanel } from "./trial.tsx";
import { type Kind, KINDS, type Rule, type RuleItem, SEVERITIES, type Target } from "./types.ts";

const MINUTE = 60;
const OF_THE_CITY: readonly Kind[] = ["checkpoint", "quorum", "anchor"];
const OF_GATEWAYS: readonly Kind[] = ["gateway", "refused"];

interface PartProps {
  readonly rule: Rule;
  readonly onRule: (rule: Rule) => void;
}

function pick<T extends string>(names: readonly T[], texts: Readonly<Record<T, string>>): Readonly<Record<T, string>> {
  return Object.fromEntries(names.map((name) => [name, texts[name]])) as Record<T, string>;
}

/** Of which devices. */
function ScopeFields({ rule, onRule }: PartProps) {
  const { language } = useTexts();
  const texts = alarmRuleTexts[language];
  if (OF_THE_CITY.includes(rule.kind)) return null;
  const kinds = { "": texts.everything, bin: texts.bins, tree: texts.trees };
  return (
    <div class="fields">
      {!OF_GATEWAYS.includes(rule.kind) && (
        <Choice label={texts.scope} name="subject_kind" value={(rule.subject_kind ?? "") as keyof typeof kinds} options={kinds} onValue={(kind) => onRule({ ...rule, subject_kind: kind || null })} />
      )}
      <TextField
        label={texts.subject}
        name="subject"
        value={rule.subject ?? ""}
        hint={OF_GATEWAYS.includes(rule.kind) ? texts.gatewayHint : texts.subjectHint}
        required={false}
        maxLength={128}
        onValue={(subject) => onRule({ ...rule, subject: subject.trim() || null })}
      />
    </div>
  );
}

/** For how long, how often, how urgent. */
function TimeFields({ rule, onRule }: PartProps) {
  const { language } = useTexts();
  const texts = alarmRuleTexts[language];
  return (
    <div class="fields">
      <NumberField label={texts.forMinutes} name="for" min={0} value={rule.for_seconds / MINUTE} hint={texts.forHint} onValue={(minutes) => onRule({ ...rule, for_seconds: Math.round(minutes * MINUTE) })} />
      <NumberField label={texts.quietMinutes} name="quiet" min={0} value={rule.quiet_seconds / MINUTE} hint={texts.quietHint} onValue={(minutes) => onRule({ ...rule, quiet_seconds: Math.round(minutes * MINUTE) })} />
      <Choice label={texts.severity} name="severity" value={rule.severity} options={pick(SEVERITIES, texts.severities)} onValue={(severity) => onRule({ ...rule, severity })} />
    </div>
  );
}

function TargetFields({ rule, onRule, targets }: PartProps & { readonly targets: readonly Target[] }) {
  const { language } = useTexts();
  const texts = alarmRuleTexts[language];
  return (
    <fieldset class="ticks">
      <legend>{texts.whom}</legend>
      {targets.length === 0 && <p class="quiet">{texts.noTargets}</p>}
      {targets.map(({ id, name, address }) => (
        <label key={id} class="tick">
          <input
            type="checkbox"
            data-target={id}
            checked={rule.targets.includes(id)}
            onChange={(event) => onRule({ ...rule, targets: event.currentTarget.checked ? [...rule.targets, id] : rule.targets.filter((one) => one !== id) })}
          />
          <span>
            {name} <span class="quiet">{address}</span>
          </span>
        </label>
      ))}
      <label class="tick">
        <input type="checkbox" name="enabled" checked={rule.enabled} onChange={(event) => onRule({ ...rule, enabled: event.currentTarget.checked })} />
        {texts.enabled}
      </label>
    </fieldset>
  );
}

interface Props {
  readonly district: string;
  readonly before: RuleItem | undefined;
  readonly targets: readonly Target[];
  readonly onDone: () => Promise<void>;
  readonly onCancel: () => void;
}

export function Editor({ district, before, targets, onDone, onCancel }: Props) {
  const { language } = useTexts();
  const texts = alarmRuleTexts[language];
  const [rule, setRule] = useState<Rule>(before?.rule ?? STARTS.threshold);
  const { running, trouble, run } = useDeed();
  const save = (): void =>
    run(async () => {
      await saveRule(district, rule, before);
      await onDone();
    });
  const choose = (kind: Kind): void => setRule({ ...STARTS[kind], name: rule.name, targets: rule.targets, enabled: rule.enabled });
  return (
    <div class="staff editor" data-editor={before === undefined ? "new" : before.id}>
      <section class="card">
        <h2>{before === undefined ? texts.newRule : texts.edit}</h2>
        <Form name="rule" onSend={save}>
          <TextField label={texts.name} name="name" value={rule.name} onValue={(name) => setRule({ ...rule, name })} />
          <Choice label={texts.kind} name="kind" value={rule.kind} options={pick(KINDS, texts.kinds)} onValue={choose} />
          <ParameterFields rule={rule} onRule={setRule} />
          <ScopeFields rule={rule} onRule={setRule} />
          <TimeFields rule={rule} onRule={setRule} />
          <TargetFields rule={rule} onRule={setRule} targets={targets} />
          {before !== undefined && <p class="quiet">{texts.changeEnds}</p>}
          <Trouble text={trouble} />
          <p class="downloads">
            <button type="submit" disabled={running} data-action="save">
              {texts.save}
            </button>
            <button type="button" class="plain" data-action="cancel" onClick={onCancel}>
              {texts.cancel}
            </button>
          </p>
        </Form>
      </section>
      <TrialPanel district={district} rule={rule} />
    </div>
  );
}
