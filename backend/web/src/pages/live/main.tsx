import { render } from "preact";
import { LanguageProvider } from "../../hooks/language.tsx";
import { LivePage } from "./live.tsx";

const root = document.getElementById("page");
if (root === null) throw new Error("no element #page");
render(
  <LanguageProvider title={(texts) => texts.tagline}>
    <LivePage />
  </LanguageProvider>,
  root,
);
