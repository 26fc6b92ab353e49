import { render } from "preact";
import { LanguageProvider } from "../../hooks/language.tsx";
import { entryTexts } from "../../texts/entry.ts";
import { EntryPage } from "./entry.tsx";

/** Decimal without leading zeros, as far as the log's indices go. */
const INDEX = /^(?:0|[1-9][0-9]{0,18})$/;

const root = document.getElementById("page");
if (root === null) throw new Error("no element #page");
const named = new URLSearchParams(window.location.search).get("index") ?? "";
const index = INDEX.test(named) ? BigInt(named) : undefined;
render(
  <LanguageProvider title={(_, language) => `${entryTexts[language].title} ${index ?? ""}`}>
    <EntryPage index={index} />
  </LanguageProvider>,
  root,
);
