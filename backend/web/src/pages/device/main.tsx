/** Starts a device's page: after `/devices/` stand its kid, or kind and name of what it measures. */

import { render } from "preact";
import { loadChecker } from "../../hooks/check.ts";
import { LanguageProvider } from "../../hooks/language.tsx";
import { deviceTexts } from "../../texts/device.ts";
import { DevicePage, SubjectPage } from "./device.tsx";

const root = document.getElementById("page");
if (root === null) throw new Error("no element #page");
const [, , first = "", name] = window.location.pathname.split("/");
void loadChecker().catch((error: unknown) => console.warn("verifier", String(error)));
render(
  <LanguageProvider title={(_, language) => deviceTexts[language].title(name === undefined ? first : `${first}/${name}`)}>
    {name === undefined ? <DevicePage kid={first} /> : <SubjectPage kind={first} name={name} />}
  </LanguageProvider>,
  root,
);
