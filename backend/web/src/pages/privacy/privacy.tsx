/** What these pages know of their readers, and what a browser keeps, with a way to delete it. */

import { useState } from "preact/hooks";
import { ProsePage, Sections } from "../../components/prose.tsx";
import { useTexts } from "../../hooks/language.tsx";
import { browserStore } from "../../store.ts";
import { forgetLanguage } from "../../texts/language.ts";
import { privacyTexts } from "../../texts/privacy.ts";
import { forgetPin } from "../../trust/pinstore.ts";
import { forgetClaims } from "../../wallet/queue.ts";
import { forgetWallet } from "../../wallet/wallet.ts";
import { forgetKept } from "../../worker/forget.ts";

function Kept() {
  const { language } = useTexts();
  const texts = privacyTexts[language];
  const [gone, setGone] = useState(false);
  const forget = (): void => {
    const store = browserStore();
    forgetPin(store);
    forgetWallet(store);
    forgetClaims(store);
    forgetLanguage();
    void forgetKept().then(() => setGone(true));
  };
  return (
    <section class="card" data-panel="kept">
      <h2>{texts.kept}</h2>
      <p>{texts.keptLead}</p>
      <p class="note">{texts.forgetHint}</p>
      {gone ? (
        <p class="proved" role="status">
          ✓ {texts.forgotten}
        </p>
      ) : (
        <button type="button" class="plain" data-action="forget" onClick={forget}>
          {texts.forget}
        </button>
      )}
    </section>
  );
}

export function PrivacyPage() {
  const { language } = useTexts();
  const texts = privacyTexts[language];
  return (
    <ProsePage title={texts.title} lead={texts.lead}>
      <section class="card">
        <Sections of={texts.sections} heading="h2" />
      </section>
      <Kept />
    </ProsePage>
  );
}
