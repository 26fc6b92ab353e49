/** What surrounds every page: the city's name, the language switch, the footer. */

import type { ComponentChildren } from "preact";
import { useTexts } from "../hooks/language.tsx";
import { LANGUAGES, LANGUAGE_NAMES, type Language } from "../texts/language.ts";

function LanguageSwitch() {
  const { common, language, choose } = useTexts();
  return (
    <label class="language">
      <span class="unseen">{common.language}</span>
      <select value={language} data-language={language} onChange={(event) => choose(event.currentTarget.value as Language)}>
        {LANGUAGES.map((item) => (
          <option key={item} value={item} lang={item}>
            {LANGUAGE_NAMES[item]}
          </option>
        ))}
      </select>
    </label>
  );
}

/** A dotted name that may break after its dots only. */
function breakable(name: string): ComponentChildren {
  return name.split(/(?<=\.)/).flatMap((part, i) => (i === 0 ? [part] : [<wbr key={i} />, part]));
}

function Brand({ realm }: { readonly realm: string | undefined }) {
  const { common } = useTexts();
  return (
    <a class="brand" href="/">
      <svg viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="8" />
        <path d="M16 6v8M16 14l-7 6M16 14l7 6M9 20v5M23 20v5M16 14v11" />
      </svg>
      <span>
        <strong data-realm={realm}>{breakable(realm ?? "Civicroot")}</strong>
        <small>{common.tagline}</small>
      </span>
    </a>
  );
}

export function Frame({ realm, children }: { readonly realm: string | undefined; readonly children: ComponentChildren }) {
  const { common } = useTexts();
  return (
    <>
      <header class="top">
        <div class="wide">
          <Brand realm={realm} />
          <LanguageSwitch />
        </div>
      </header>
      <main class="wide">{children}</main>
      <footer class="wide">
        <p>{common.footer}</p>
        <p>
          <a href="/log/checkpoint">{common.publicLog}</a> · <a href="/policy.json">{common.trustPolicy}</a>
        </p>
      </footer>
    </>
  );
}

/** A calm notice in place of content: loading, empty, error. */
export function Notice({
  kind,
  title,
  hint,
  children,
}: {
  readonly kind: "loading" | "empty" | "error";
  readonly title: string;
  readonly hint?: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class={`notice ${kind}`} role={kind === "error" ? "alert" : "status"} data-notice={kind}>
      <p class="notice-title">{title}</p>
      {hint !== undefined && <p>{hint}</p>}
      {children}
    </div>
  );
}

export function SimulatedMark() {
  const { common } = useTexts();
  return (
    <span class="simulated" title={common.simulatedHint} data-simulated="true">
      {common.simulated}
    </span>
  );
}
