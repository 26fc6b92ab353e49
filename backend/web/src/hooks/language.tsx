/** The reader's language, shared by all components of a page. */

import { type ComponentChildren, createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import { type CheckTexts, checkTexts } from "../texts/check.ts";
import { type CommonTexts, common } from "../texts/common.ts";
import { type Language, keepLanguage, readLanguage } from "../texts/language.ts";

interface Speaking {
  readonly language: Language;
  readonly choose: (language: Language) => void;
}

const Context = createContext<Speaking | undefined>(undefined);

interface ProviderProps {
  /** What the window is called. */
  readonly title: (texts: CommonTexts, language: Language) => string;
  readonly children: ComponentChildren;
}

export function LanguageProvider({ title, children }: ProviderProps) {
  const [language, setLanguage] = useState(readLanguage);
  useEffect(() => {
    document.documentElement.lang = language === "zh" ? "zh-Hans" : language;
  }, [language]);
  useEffect(() => {
    document.title = `${title(common[language], language).trim()} · Civicroot`;
  }, [language]);
  const choose = (chosen: Language): void => {
    keepLanguage(chosen);
    setLanguage(chosen);
  };
  return <Context.Provider value={{ language, choose }}>{children}</Context.Provider>;
}

export interface Texts extends Speaking {
  readonly common: CommonTexts;
  readonly check: CheckTexts;
}

export function useTexts(): Texts {
  const speaking = useContext(Context);
  if (speaking === undefined) throw new Error("useTexts needs a LanguageProvider");
  const { language } = speaking;
  return { ...speaking, common: common[language], check: checkTexts[language] };
}
