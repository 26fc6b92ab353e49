import { render } from "preact";
import { LanguageProvider } from "../../hooks/language.tsx";
import { privacyTexts } from "../../texts/privacy.ts";
import { PrivacyPage } from "./privacy.tsx";

const root = document.getElementById("page");
if (root === null) throw new Error("no element #page");
render(
  <LanguageProvider title={(_, language) => privacyTexts[language].title}>
    <PrivacyPage />
  </LanguageProvider>,
  root,
);
