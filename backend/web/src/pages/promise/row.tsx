/** One line of the promise: its verdict as sign, colour and word, a figure to read at a glance, and what stands behind it. */

import type { ComponentChildren } from "preact";
import { useTexts } from "../../hooks/language.tsx";
import { promiseTexts } from "../../texts/promise.ts";
import type { Verdict } from "./types.ts";

const SIGNS = { holds: "M6 12.5l4 4 8-9", broken: "M7 7l10 10M17 7L7 17", unknown: "M9 9.2a3 3 0 1 1 4.2 2.8c-.9.4-1.2 1-1.2 2M12 17.4v.1" } as const;

export function Sign({ verdict }: { readonly verdict: Verdict }) {
  return (
    <svg class="sign" viewBox="0 0 24 24" aria-hidden="true">
      <circle cx="12" cy="12" r="12" />
      <path d={SIGNS[verdict]} />
    </svg>
  );
}

export function Chip({ verdict }: { readonly verdict: Verdict }) {
  const { language } = useTexts();
  const tone = { holds: "good", broken: "bad", unknown: "open" }[verdict];
  return <span class={`state state-${tone}`}>{promiseTexts[language].verdicts[verdict]}</span>;
}

interface RowProps {
  readonly name: string;
  readonly verdict: Verdict;
  readonly title: string;
  readonly figure?: ComponentChildren;
  /** Path of the proof. */
  readonly proof?: string | null;
  readonly children: ComponentChildren;
}

export function Row({ name, verdict, title, figure, proof, children }: RowProps) {
  const { language } = useTexts();
  return (
    <section class={`card promise-line is-${verdict}`} data-line={name} data-verdict={verdict}>
      <header>
        <Sign verdict={verdict} />
        <h2>{title}</h2>
        <Chip verdict={verdict} />
      </header>
      {figure !== undefined && <p class="promise-figure">{figure}</p>}
      <div class="promise-body">{children}</div>
      {proof && (
        <p class="promise-proof">
          <a href={proof}>{promiseTexts[language].proof}</a>
        </p>
      )}
    </section>
  );
}
