/** What a proof shows and what it does not, and which program checked it here. */

import { useEffect, useState } from "preact/hooks";
import { ApiError, fetchScripts } from "../../api/client.ts";
import type { Scripts } from "../../api/types.ts";
import { Frame } from "../../components/frame.tsx";
import { Sections } from "../../components/prose.tsx";
import { useTexts } from "../../hooks/language.tsx";
import { provesTexts } from "../../texts/proves.ts";
import { useRealm } from "../place/usePlace.ts";

/** Null where the server does not say it. */
function useScripts(): Scripts | null | undefined {
  const [found, setFound] = useState<Scripts | null | undefined>();
  useEffect(() => {
    fetchScripts().then(setFound, (error: unknown) => {
      if (!(error instanceof ApiError)) throw error;
      setFound(null);
    });
  }, []);
  return found;
}

function Verifier() {
  const { language } = useTexts();
  const texts = provesTexts[language];
  const scripts = useScripts();
  return (
    <section class="card" data-panel="verifier" data-sha256={scripts?.sha256}>
      <h2>{texts.verifier}</h2>
      <p class="quiet">{scripts === null ? texts.verifierMissing : texts.verifierLead}</p>
      {scripts && (
        <p>
          <code class="digest">{scripts.sha256}</code>
          <br />
          <a href={scripts.verifier}>{scripts.verifier}</a>
        </p>
      )}
    </section>
  );
}

export function ProvesPage() {
  const { common, language } = useTexts();
  const texts = provesTexts[language];
  return (
    <Frame realm={useRealm()}>
      <p class="back">
        <a href="/">← {common.overview}</a>
      </p>
      <article class="prose" data-ready>
        <h1>{texts.title}</h1>
        <p class="lead">{texts.lead}</p>
        <section class="card">
          <h2>{texts.holds}</h2>
          <Sections of={texts.proved} mark="yes" />
        </section>
        <section class="card">
          <h2>{texts.holdsNot}</h2>
          <Sections of={texts.notProved} mark="no" />
        </section>
        <section class="card">
          <h2>{texts.without.title}</h2>
          {texts.without.says.map((paragraph) => (
            <p key={paragraph}>{paragraph}</p>
          ))}
        </section>
        <Verifier />
      </article>
    </Frame>
  );
}
