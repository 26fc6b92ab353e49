/** The city's people: who may do what in a district, one's own API keys, and what was done. */

import { useState } from "preact/hooks";
import { useTexts } from "../../hooks/language.tsx";
import type { Oneself } from "../../people/api.ts";
import { Door, Parts } from "../../staff/parts.tsx";
import { CITY, has } from "../../staff/useStaff.ts";
import { peopleTexts } from "../../texts/people.ts";
import { AccountList } from "./accounts.tsx";
import { Keys } from "./keys.tsx";
import { TrailList } from "./trail.tsx";
import { WaysIn } from "./ways.tsx";

const ROLES = ["operator", "auditor"];
type Part = "accounts" | "keys" | "trail" | "ways";

function Shown({ oneself, district }: { readonly oneself: Oneself; readonly district: string }) {
  const { language } = useTexts();
  const texts = peopleTexts[language];
  const [part, setPart] = useState<Part>("accounts");
  const leads = has(oneself, ["operator"], district);
  return (
    <>
      <Parts label={texts.parts} names={{ accounts: texts.accounts, keys: texts.keys, trail: texts.trail, ways: texts.ways }} shown={part} onShow={setPart} />
      {part === "accounts" && <AccountList key={district} district={district} leads={leads} oneself={oneself} />}
      {part === "keys" && <Keys />}
      {part === "trail" && <TrailList key={district} district={district} />}
      {part === "ways" && <WaysIn leads={has(oneself, ["operator"], CITY)} />}
    </>
  );
}

export function PeoplePage() {
  const { language } = useTexts();
  const texts = peopleTexts[language];
  return (
    <Door title={texts.title} lead={texts.lead} roles={ROLES} path="/people">
      {(oneself, district) => <Shown oneself={oneself} district={district} />}
    </Door>
  );
}
