import { render } from "preact";
import { LanguageProvider } from "../../hooks/language.tsx";
import { claimTexts } from "../../texts/claim.ts";
import { ClaimPage } from "./claim.tsx";

const root = document.getElementById("page");
if (root === null) throw new Error("no element #page");
/** After the number sign, where the server has put them; in the path where the service worker answered, or nobody knows them. */
function digits(): string {
  return window.location.hash.slice(1) || (window.location.pathname.split("/")[2] ?? "");
}
/** Each code is a page of its own, also where the browser only sees that the part after the number sign has changed. */
function show(): void {
  if (root === null) return;
  render(
    <LanguageProvider title={(_, language) => claimTexts[language].title}>
      <ClaimPage key={digits()} digits={digits()} />
    </LanguageProvider>,
    root,
  );
}
window.addEventListener("hashchange", show);
show();
