import { render } from "preact";
import { LanguageProvider } from "../../hooks/language.tsx";
import { peopleTexts } from "../../texts/people.ts";
import { PeoplePage } from "./people.tsx";

const root = document.getElementById("page");
if (root === null) throw new Error("no element #page");
render(
  <LanguageProvider title={(_, language) => peopleTexts[language].title}>
    <PeoplePage />
  </LanguageProvider>,
  root,
);
