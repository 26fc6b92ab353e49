import { render } from "preact";
import { LanguageProvider } from "../../hooks/language.tsx";
import { signInTexts } from "../../texts/signin.ts";
import { SignInPage, takeFragment } from "./signin.tsx";

const root = document.getElementById("page");
if (root === null) throw new Error("no element #page");
const fragment = takeFragment();
render(
  <LanguageProvider title={(_, language) => signInTexts[language].title}>
    <SignInPage fragment={fragment} />
  </LanguageProvider>,
  root,
);
