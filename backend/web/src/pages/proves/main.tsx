import { render } from "preact";
import { LanguageProvider } from "../../hooks/language.tsx";
import { provesTexts } from "../../texts/proves.ts";
import { ProvesPage } from "./proves.tsx";

const root = document.getElementById("page");
if (root === null) throw new Error("no element #page");
render(
  <LanguageProvider title={(_, language) => provesTexts[language].title}>
    <ProvesPage />
  </LanguageProvider>,
  root,
);
