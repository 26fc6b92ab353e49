/** Parts that the forms of this page share. */

import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { useTexts } from "../../hooks/language.tsx";
import { signInTexts } from "../../texts/signin.ts";
import type { Trouble } from "./problem.ts";

export function TroubleNote({ trouble }: { readonly trouble: Trouble | undefined }) {
  const { language } = useTexts();
  const texts = signInTexts[language];
  if (trouble === undefined) return null;
  return (
    <p class="trouble" role="alert" data-problem={trouble.problem}>
      {texts.problem[trouble.problem]} {trouble.wait !== undefined && texts.wait(String(trouble.wait))}
    </p>
  );
}

interface FieldProps {
  readonly label: string;
  readonly name: string;
  readonly value: string;
  readonly autocomplete: string;
  readonly onValue: (value: string) => void;
  readonly hint?: string;
  readonly maxLength: number;
}

export function Field({ label, name, value, autocomplete, onValue, hint, maxLength }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        name={name}
        type="text"
        value={value}
        autocomplete={autocomplete}
        autocapitalize="none"
        spellcheck={false}
        required
        maxLength={maxLength}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
      {hint !== undefined && <p class="quiet">{hint}</p>}
    </div>
  );
}

/** A password, which its owner may look at: typing blindly on a phone makes people choose short ones. */
export function PasswordField({ label, value, autocomplete, onValue, hint }: Omit<FieldProps, "name" | "maxLength">) {
  const { language } = useTexts();
  const texts = signInTexts[language];
  const [shown, setShown] = useState(false);
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        name="password"
        type={(shown ? "text" : "password") as "password"}
        value={value}
        autocomplete={autocomplete}
        autocapitalize="none"
        spellcheck={false}
        required
        maxLength={128}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
      {hint !== undefined && <p class="quiet">{hint}</p>}
      <label class="tick">
        <input type="checkbox" checked={shown} onChange={(event) => setShown(event.currentTarget.checked)} />
        {texts.showPassword}
      </label>
    </div>
  );
}

interface FormProps {
  readonly onSend: () => void;
  readonly children: ComponentChildren;
}

export function Form({ onSend, children }: FormProps) {
  return (
    <form
      class="sign-form"
      onSubmit={(event) => {
        event.preventDefault();
        onSend();
      }}
    >
      {children}
    </form>
  );
}
