/** A visit as it is read: in the history, and side by side where two do not go together. */

import type { Care, Outcome } from "../../crew/types.ts";
import { useTexts } from "../../hooks/language.tsx";
import { crewTexts } from "../../texts/crew.ts";

interface Said {
  readonly outcome: Outcome;
  readonly note: string;
  readonly care: readonly Care[];
  readonly care_note: string;
}

export function VisitWords({ said }: { readonly said: Said }) {
  const { language } = useTexts();
  const texts = crewTexts[language];
  const care = [said.care.map((each) => texts.cares[each]).join(", "), said.care_note].filter((part) => part !== "").join(" · ");
  return (
    <>
      <p>
        <strong data-outcome={said.outcome}>{texts.outcomes[said.outcome]}</strong>
      </p>
      {care !== "" && <p>{care}</p>}
      {said.note !== "" && <p class="words">{said.note}</p>}
    </>
  );
}
