/** The pages that somebody's roles are for. */

import { useTexts } from "../hooks/language.tsx";
import type { Oneself } from "../people/api.ts";
import { staffTexts } from "../texts/staff.ts";

const PAGES = [
  { name: "alarms", path: "/alarms", roles: ["operator", "auditor", "crew"] },
  { name: "people", path: "/people", roles: ["operator", "auditor"] },
] as const;

export function StaffLinks({ oneself }: { readonly oneself: Oneself }) {
  const { language } = useTexts();
  const texts = staffTexts[language];
  const mine = PAGES.filter(({ roles }) => oneself.grants.some(({ role }) => roles.some((one) => one === role)));
  if (mine.length === 0) return null;
  return (
    <nav class="downloads" aria-label={texts.pages}>
      {mine.map(({ name, path }) => (
        <a key={name} class="button plain" href={path} data-leads={name}>
          {texts.leads[name]}
        </a>
      ))}
    </nav>
  );
}
