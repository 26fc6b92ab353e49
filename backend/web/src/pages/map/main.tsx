import { render } from "preact";
import { LanguageProvider } from "../../hooks/language.tsx";
import { mapTexts } from "../../texts/map.ts";
import { MapPage } from "./map.tsx";

const root = document.getElementById("page");
if (root === null) throw new Error("no element #page");
render(
  <LanguageProvider title={(_, language) => mapTexts[language].title}>
    <MapPage />
  </LanguageProvider>,
  root,
);
