/** What a person reads under an address that leads nowhere, with the ways that lead on. */

import { ProsePage } from "../../components/prose.tsx";
import { useTexts } from "../../hooks/language.tsx";
import { lostTexts } from "../../texts/lost.ts";

export function LostPage() {
  const { common, language } = useTexts();
  const texts = lostTexts[language];
  return (
    <ProsePage title={texts.title} lead={texts.lead}>
      <section class="card" data-panel="lost">
        <p>{texts.hint}</p>
        <p class="note">
          <code>{window.location.pathname}</code>
        </p>
        <ul class="points points-plain">
          <li>
            <a href="/">{common.overview}</a>
          </li>
          <li>
            <a href="/map">{common.map}</a>
          </li>
          <li>
            <a href="/scan">{common.scan}</a>
          </li>
        </ul>
      </section>
    </ProsePage>
  );
}
