/** Raw bytes a tap away: nothing is written out until somebody asks. */

import { useState } from "preact/hooks";
import { hexDump } from "../format/hex.ts";
import { count } from "../format/time.ts";
import { useTexts } from "../hooks/language.tsx";
import type { Evidence } from "../trust/evidence.ts";

export function RawBytes({ of }: { readonly of: readonly Evidence[] }) {
  const { check, language } = useTexts();
  const [open, setOpen] = useState(false);
  const total = of.reduce((sum, { bytes }) => sum + bytes.length, 0);
  return (
    <details class="raw" data-bytes={total} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{check.bytes(count(total, language))}</summary>
      {open &&
        of.map(({ name, bytes }) => (
          <figure key={name}>
            <figcaption lang="en">{name}</figcaption>
            {/* Focusable, since it scrolls sideways. */}
            <pre tabIndex={0} role="region" aria-label={name}>
              {hexDump(bytes)}
            </pre>
          </figure>
        ))}
    </details>
  );
}
