/** The alarms of a district: what is open, the rules, and whom they tell. */

import { useState } from "preact/hooks";
import { useTexts } from "../../hooks/language.tsx";
import type { Oneself } from "../../people/api.ts";
import { Door, Parts } from "../../staff/parts.tsx";
import { has } from "../../staff/useStaff.ts";
import { alarmRuleTexts } from "../../texts/alarmrules.ts";
import { AlarmLists } from "./lists.tsx";
import { Rules } from "./rules.tsx";
import { Targets } from "./targets.tsx";

const ROLES = ["operator", "auditor", "crew"];
type Part = "open" | "rules" | "targets";

function Shown({ oneself, district }: { readonly oneself: Oneself; readonly district: string }) {
  const { language } = useTexts();
  const texts = alarmRuleTexts[language];
  const [part, setPart] = useState<Part>("open");
  const leads = has(oneself, ["operator"], district);
  return (
    <>
      <Parts label={texts.parts} names={{ open: texts.openAlarms, rules: texts.rules, targets: texts.targets }} shown={part} onShow={setPart} />
      {part === "open" && <AlarmLists key={district} district={district} tends={has(oneself, ["operator", "crew"], district)} />}
      {part === "rules" && <Rules key={district} district={district} leads={leads} />}
      {part === "targets" && <Targets key={district} district={district} leads={leads} />}
    </>
  );
}

export function AlarmsPage() {
  const { language } = useTexts();
  const texts = alarmRuleTexts[language];
  return (
    <Door title={texts.title} lead={texts.lead} roles={ROLES} path="/alarms">
      {(oneself, district) => <Shown oneself={oneself} district={district} />}
    </Door>
  );
}
