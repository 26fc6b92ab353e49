import { render } from "preact";
import { LanguageProvider } from "../../hooks/language.tsx";
import "../../styles/crew.css";
import "../../styles/provision.css";
import { provisionTexts } from "../../texts/provision.ts";
import { ProvisionPage } from "./provision.tsx";

const root = document.getElementById("page");
if (root === null) throw new Error("no element #page");
render(
  <LanguageProvider title={(_, language) => provisionTexts[language].title}>
    <ProvisionPage />
  </LanguageProvider>,
  root,
);
