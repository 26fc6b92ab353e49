/** A verdict before there is one: pending, or out of reach. */

import { useTexts } from "../hooks/language.tsx";

export function Pending({ waiting }: { readonly waiting: boolean }) {
  const { check } = useTexts();
  return (
    <div class="verdict" data-verdict="pending" data-waiting={waiting ? "not-yet-published" : "checking"}>
      <div class="verdict-head" role="status">
        <span class="spinner" aria-hidden="true" />
        <div>
          <h3>{waiting ? check.waiting : check.checking}</h3>
          {waiting && <p>{check.waitingHint}</p>}
        </div>
      </div>
    </div>
  );
}

export function Unavailable({ detail, onAgain }: { readonly detail: string; readonly onAgain: (() => void) | undefined }) {
  const { check, common } = useTexts();
  return (
    <div class="verdict" data-verdict="unavailable" role="alert">
      <h3>{check.unavailable}</h3>
      <p class="says">{detail}</p>
      {onAgain !== undefined && (
        <button type="button" class="plain" onClick={onAgain}>
          {common.retry}
        </button>
      )}
    </div>
  );
}
