import { render } from "preact";
import { LanguageProvider } from "../../hooks/language.tsx";
import { alarmRuleTexts } from "../../texts/alarmrules.ts";
import { AlarmsPage } from "./alarms.tsx";

const root = document.getElementById("page");
if (root === null) throw new Error("no element #page");
render(
  <LanguageProvider title={(_, language) => alarmRuleTexts[language].title}>
    <AlarmsPage />
  </LanguageProvider>,
  root,
);
