/** What a proof shows and what it does not, and which program checked it here. */

import { ProsePage, Sections } from "../../components/prose.tsx";
import { useTexts } from "../../hooks/language.tsx";
import { provesTexts } from "../../texts/proves.ts";
import { type LoggedVerifier, useVerifier } from "./useVerifier.ts";

function Logged({ logged }: { readonly logged: LoggedVerifier }) {
  const { language } = useTexts();
  const texts = provesTexts[language];
  if (logged.state === "checking") return <p class="quiet">{texts.verifierChecking}</p>;
  if (logged.state === "missing") return <p class="elsewhere">{texts.verifierNotLogged}</p>;
  return (
    <p class="proved">
      ✓ <a href={`/entry?index=${logged.index}`}>{texts.verifierLogged(String(logged.index))}</a>
    </p>
  );
}

function Verifier() {
  const { language } = useTexts();
  const texts = provesTexts[language];
  const { script, logged } = useVerifier();
  return (
    <section class="card" data-panel="verifier" data-sha256={script?.sha256} data-logged={logged.state}>
      <h2>{texts.verifier}</h2>
      <p class="quiet">{script === null ? texts.verifierMissing : texts.verifierLead}</p>
      {script && (
        <>
          <p>
            <code class="digest">{script.sha256}</code>
            <br />
            <a href={script.path} download>
              {script.path}
            </a>
          </p>
          <Logged logged={logged} />
        </>
      )}
    </section>
  );
}

export function ProvesPage() {
  const { language } = useTexts();
  const texts = provesTexts[language];
  return (
    <ProsePage title={texts.title} lead={texts.lead}>
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
    </ProsePage>
  );
}
