/** What surrounds every page: the city's name, the language switch, the footer. */

import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { ago } from "../format/time.ts";
import { useClock } from "../hooks/clock.ts";
import { useKept } from "../hooks/kept.ts";
import { useTexts } from "../hooks/language.tsx";
import { useWaitingClaims } from "../hooks/waitingclaims.ts";
import { keptTexts } from "../texts/kept.ts";
import { LANGUAGES, LANGUAGE_NAMES, type Language } from "../texts/language.ts";
import { registerWorker } from "../worker/register.ts";

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

function ScanLink() {
  const { common } = useTexts();
  return (
    <a class="scan-link" href="/scan" data-action="scan">
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <path d="M4 8V5.5A1.5 1.5 0 0 1 5.5 4H8M16 4h2.5A1.5 1.5 0 0 1 20 5.5V8M20 16v2.5a1.5 1.5 0 0 1-1.5 1.5H16M8 20H5.5A1.5 1.5 0 0 1 4 18.5V16M7 12h10" />
      </svg>
      <span>{common.scan}</span>
    </a>
  );
}

/** Says when what is shown does not come from the city just now. */
function KeptBanner() {
  const { language } = useTexts();
  const since = useKept();
  const now = useClock();
  if (since === undefined) return null;
  const texts = keptTexts[language];
  return (
    <p class="kept" role="status" data-kept={since}>
      <strong>{texts.offline}</strong> {texts.seen(ago(since, now, language))}
    </p>
  );
}

export function Frame({ realm, children }: { readonly realm: string | undefined; readonly children: ComponentChildren }) {
  const { common } = useTexts();
  useEffect(registerWorker, []);
  useWaitingClaims();
  return (
    <>
      <a class="skip" href="#content">
        {common.skip}
      </a>
      <header class="top">
        <div class="wide">
          <Brand realm={realm} />
          <div class="tools">
            <ScanLink />
            <LanguageSwitch />
          </div>
        </div>
      </header>
      <main id="content" class="wide" tabIndex={-1}>
        <KeptBanner />
        {children}
      </main>
      <footer class="wide">
        <p>{common.footer}</p>
        <p class="links">
          <a href="/proves">{common.proves}</a>
          <a href="/map">{common.map}</a>
          <a href="/promise">{common.promise}</a>
          <a href="/privacy">{common.privacy}</a>
          <a href="/log/checkpoint">{common.publicLog}</a>
          <a href="/policy.json">{common.trustPolicy}</a>
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
