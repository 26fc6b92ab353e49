/** The rules of a district, and the editor. */

import { useEffect, useState } from "preact/hooks";
import { Notice } from "../../components/frame.tsx";
import { count } from "../../format/time.ts";
import { useTexts } from "../../hooks/language.tsx";
import { Trouble, Twice } from "../../staff/parts.tsx";
import { type Deed, useDeed } from "../../staff/useDeed.ts";
import { alarmRuleTexts } from "../../texts/alarmrules.ts";
import { fetchRules, fetchTargets, removeRule } from "./api.ts";
import { describe, scopeOf, span } from "./describe.ts";
import { Editor } from "./editor.tsx";
import { SeverityMark } from "./row.tsx";
import type { RuleItem, Target } from "./types.ts";

interface RowProps {
  readonly item: RuleItem;
  readonly targets: readonly Target[];
  readonly leads: boolean;
  readonly deed: Deed;
  readonly onEdit: () => void;
  readonly onRemove: () => void;
}

function RuleRow({ item, targets, leads, deed, onEdit, onRemove }: RowProps) {
  const { common, language } = useTexts();
  const texts = alarmRuleTexts[language];
  const { rule } = item;
  const named = targets.filter(({ id }) => rule.targets.includes(id)).map(({ name }) => name);
  return (
    <li data-rule={item.id} data-enabled={rule.enabled}>
      <p class="watch-name">
        <span>{rule.name}</span>
        <SeverityMark severity={rule.severity} />
      </p>
      <p>{describe(rule, common, language)}</p>
      <p class="quiet facts">
        <span>{scopeOf(rule, common, language)}</span>
        <span>{named.length === 0 ? texts.tellsNobody : texts.tells(named.join(", "))}</span>
        <span>{texts.quietFor(span(rule.quiet_seconds, language))}</span>
        {!rule.enabled && <strong>{texts.off}</strong>}
      </p>
      {leads && (
        <p class="downloads">
          <button type="button" class="plain" data-action="edit" aria-label={`${texts.edit}: ${rule.name}`} onClick={onEdit}>
            {texts.edit}
          </button>
          <Twice action="remove-rule" label={texts.remove} sure={texts.sure} disabled={deed.running} onAct={onRemove} />
        </p>
      )}
    </li>
  );
}

export function Rules({ district, leads }: { readonly district: string; readonly leads: boolean }) {
  const { common, language } = useTexts();
  const texts = alarmRuleTexts[language];
  const [found, setFound] = useState<{ readonly rules: readonly RuleItem[]; readonly targets: readonly Target[] }>();
  const [edited, setEdited] = useState<RuleItem | "new">();
  const deed = useDeed();
  const load = async (): Promise<void> => {
    const [rules, targets] = await Promise.all([fetchRules(district), fetchTargets(district)]);
    setFound({ rules, targets: targets.items });
  };
  useEffect(() => deed.run(load), []);
  if (found === undefined) return deed.trouble === undefined ? <Notice kind="loading" title={common.loading} /> : <Trouble text={deed.trouble} />;
  if (edited !== undefined) {
    const done = async (): Promise<void> => {
      await load();
      setEdited(undefined);
    };
    return <Editor district={district} before={edited === "new" ? undefined : edited} targets={found.targets} onDone={done} onCancel={() => setEdited(undefined)} />;
  }
  const remove = (item: RuleItem): void =>
    deed.run(async () => {
      await removeRule(district, item);
      await load();
    });
  return (
    <section class="card staff-list" data-list="rules" data-count={found.rules.length}>
      <h2>
        {texts.rules} <span class="quiet">{count(found.rules.length, language)}</span>
      </h2>
      <Trouble text={deed.trouble} />
      {found.rules.length === 0 && <p class="quiet">{texts.noRules}</p>}
      <ul>
        {found.rules.map((item) => (
          <RuleRow key={item.id} item={item} targets={found.targets} leads={leads} deed={deed} onEdit={() => setEdited(item)} onRemove={() => remove(item)} />
        ))}
      </ul>
      {leads && (
        <button type="button" data-action="new-rule" onClick={() => setEdited("new")}>
          {texts.newRule}
        </button>
      )}
    </section>
  );
}
