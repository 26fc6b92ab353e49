import { render } from "preact";
import { LanguageProvider } from "../../hooks/language.tsx";
import { scanTexts } from "../../texts/scan.ts";
import { ScanPage } from "./scan.tsx";

const root = document.getElementById("page");
if (root === null) throw new Error("no element #page");
render(
  <LanguageProvider title={(_, language) => scanTexts[language].title}>
    <ScanPage />
  </LanguageProvider>,
  root,
);
