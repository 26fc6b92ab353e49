import { render } from "preact";
import { LanguageProvider } from "../../hooks/language.tsx";
import { promiseTexts } from "../../texts/promise.ts";
import { PromisePage } from "./promise.tsx";

const root = document.getElementById("page");
if (root === null) throw new Error("no element #page");
render(
  <LanguageProvider title={(_, language) => promiseTexts[language].title}>
    <PromisePage />
  </LanguageProvider>,
  root,
);
