/** The reader's language: chosen once from the browser, changed with the switch, kept in this browser. */

import { browserStore } from "../store.ts";

export const LANGUAGES = ["en", "ko", "zh"] as const;
export type Language = (typeof LANGUAGES)[number];

/** One dictionary per language; all have the same entries. */
export type Dictionary<T> = Readonly<Record<Language, T>>;

/** How each language calls itself. */
export const LANGUAGE_NAMES: Dictionary<string> = { en: "English", ko: "한국어", zh: "中文" };

const STORAGE_KEY = "civicroot/language";

function isLanguage(text: string | null | undefined): text is Language {
  return LANGUAGES.some((language) => language === text);
}

/** The kept language, or the first of `preferred` (BCP 47 tags) that exists, or English. */
export function chooseLanguage(kept: string | null, preferred: readonly string[]): Language {
  if (isLanguage(kept)) return kept;
  return preferred.map((tag) => tag.toLowerCase().split("-")[0]).find(isLanguage) ?? "en";
}

export function readLanguage(): Language {
  return chooseLanguage(browserStore().getItem(STORAGE_KEY), navigator.languages);
}

export function keepLanguage(language: Language): void {
  browserStore().setItem(STORAGE_KEY, language);
}

export function forgetLanguage(): void {
  browserStore().removeItem(STORAGE_KEY);
}
