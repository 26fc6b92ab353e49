/** Parts that good verdicts share: the head with its seal, and what is folded away until somebody asks. */

import type { ComponentChildren } from "preact";
import { useTexts } from "../hooks/language.tsx";
import type { PinnedPolicy } from "../trust/pin.ts";

/** How the policy came to be trusted. */
export function Pin({ trust }: { readonly trust: PinnedPolicy }) {
  const { check } = useTexts();
  const pin = { "first-use": check.pinFirst, unkept: check.pinUnkept, known: check.pinKnown, updated: check.pinUpdated };
  return (
    <p class="pin" data-pin={trust.state}>
      {pin[trust.state]}
    </p>
  );
}

interface GoodHeadProps {
  readonly title: string;
  readonly lead: string;
  readonly children?: ComponentChildren;
}

export function GoodHead({ title, lead, children }: GoodHeadProps) {
  return (
    <div class="verdict-head good">
      <svg class="seal" viewBox="0 0 40 40" aria-hidden="true">
        <circle cx="20" cy="20" r="18" />
        <path d="m12 20.5 5.6 5.6L28.5 14" />
      </svg>
      <div>
        <h3>{title}</h3>
        <p>{lead}</p>
      </div>
      {children}
    </div>
  );
}

interface FoldedProps {
  readonly title: string;
  readonly hint: string;
  readonly children: ComponentChildren;
}

export function Folded({ title, hint, children }: FoldedProps) {
  return (
    <details class="folded">
      <summary>
        <span>{title}</span> <span class="quiet">{hint}</span>
      </summary>
      {children}
    </details>
  );
}
