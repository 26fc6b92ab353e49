import { render } from "preact";
import { LanguageProvider } from "../../hooks/language.tsx";
import { blockTexts } from "../../texts/block.ts";
import { BlockPage } from "./block.tsx";
import { claimedIn } from "./node.ts";

const root = document.getElementById("page");
if (root === null) throw new Error("no element #page");
render(
  <LanguageProvider title={(_, language) => blockTexts[language].title}>
    <BlockPage claimed={claimedIn(window.location.search)} />
  </LanguageProvider>,
  root,
);
