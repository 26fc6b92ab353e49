import { render } from "preact";
import { LanguageProvider } from "../../hooks/language.tsx";
import { lostTexts } from "../../texts/lost.ts";
import { LostPage } from "./lost.tsx";

const root = document.getElementById("page");
if (root === null) throw new Error("no element #page");
render(
  <LanguageProvider title={(_, language) => lostTexts[language].title}>
    <LostPage />
  </LanguageProvider>,
  root,
);
