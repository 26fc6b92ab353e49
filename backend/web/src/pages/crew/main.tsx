import { render } from "preact";
import { LanguageProvider } from "../../hooks/language.tsx";
import { crewTexts } from "../../texts/crew.ts";
import { CrewPage } from "./crew.tsx";

const root = document.getElementById("page");
if (root === null) throw new Error("no element #page");
render(
  <LanguageProvider title={(_, language) => crewTexts[language].title}>
    <CrewPage />
  </LanguageProvider>,
  root,
);
