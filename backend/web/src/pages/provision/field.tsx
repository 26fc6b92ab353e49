/** A line of text with its name. */

import { useId } from "preact/hooks";

interface Props {
  readonly label: string;
  readonly name: string;
  readonly value: string;
  readonly maxLength: number;
  readonly onValue: (value: string) => void;
  readonly hint?: string;
  readonly disabled?: boolean;
}

export function Field({ label, name, value, maxLength, onValue, hint, disabled = false }: Props) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input id={id} name={name} type="text" value={value} maxLength={maxLength} disabled={disabled} autocapitalize="none" spellcheck={false} autocomplete="off" onInput={(event) => onValue(event.currentTarget.value)} />
      {hint !== undefined && <p class="quiet">{hint}</p>}
    </div>
  );
}
