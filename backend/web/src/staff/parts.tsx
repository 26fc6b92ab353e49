/** What pages for staff share: the door, the choice of a district, the parts of a page, fields. */

import type { ComponentChildren } from "preact";
import { useEffect, useId, useState } from "preact/hooks";
import { Frame, Notice } from "../components/frame.tsx";
import { useTexts } from "../hooks/language.tsx";
import { useRealm } from "../hooks/realm.ts";
import type { Oneself } from "../people/api.ts";
import { signInFor } from "../people/wayback.ts";
import { staffTexts } from "../texts/staff.ts";
import { CITY, type District, useStaff } from "./useStaff.ts";

interface DoorProps {
  readonly title: string;
  readonly lead: string;
  readonly roles: readonly string[];
  readonly path: string;
  readonly children: (oneself: Oneself, district: string) => ComponentChildren;
}

/** The page for who is signed in and has one of the roles; for others, the way in. */
export function Door({ title, lead, roles, path, children }: DoorProps) {
  const { common, language } = useTexts();
  const texts = staffTexts[language];
  const { staff, reload } = useStaff(roles);
  const [district, setDistrict] = useState<string>();
  const chosen = district ?? (staff.state === "ready" ? staff.districts[0]?.slug : undefined);
  return (
    <Frame realm={useRealm()}>
      <div class="intro staff-intro">
        <div>
          <h1>{title}</h1>
          <p>{lead}</p>
        </div>
        {staff.state === "ready" && <DistrictChoice districts={staff.districts} value={chosen ?? CITY} onChoose={setDistrict} />}
      </div>
      {staff.state === "loading" && <Notice kind="loading" title={common.loading} />}
      {staff.state === "offline" && (
        <Notice kind="error" title={common.unreachable}>
          <button type="button" class="plain" onClick={reload}>
            {common.retry}
          </button>
        </Notice>
      )}
      {staff.state === "nobody" && (
        <Notice kind="empty" title={texts.forStaff}>
          <a class="button" data-action="sign-in" href={signInFor(path)}>
            {texts.signIn}
          </a>
        </Notice>
      )}
      {staff.state === "stranger" && <Notice kind="empty" title={texts.noRole(staff.oneself.name)} />}
      {staff.state === "ready" && chosen !== undefined && children(staff.oneself, chosen)}
    </Frame>
  );
}

function DistrictChoice({ districts, value, onChoose }: { readonly districts: readonly District[]; readonly value: string; readonly onChoose: (slug: string) => void }) {
  const { language } = useTexts();
  const texts = staffTexts[language];
  return (
    <label class="district">
      <span>{texts.district}</span>
      <select value={value} data-district={value} onChange={(event) => onChoose(event.currentTarget.value)}>
        {districts.map(({ slug, name }) => (
          <option key={slug} value={slug}>
            {slug === CITY ? texts.wholeCity : name}
          </option>
        ))}
      </select>
    </label>
  );
}

interface PartsProps<T extends string> {
  readonly label: string;
  readonly names: Readonly<Record<T, string>>;
  readonly shown: T;
  readonly onShow: (part: T) => void;
}

/** Buttons that choose the part of a page. */
export function Parts<T extends string>({ label, names, shown, onShow }: PartsProps<T>) {
  return (
    <nav class="parts" aria-label={label}>
      {(Object.keys(names) as T[]).map((name) => (
        <button key={name} type="button" class="plain" data-part={name} aria-current={name === shown ? "true" : undefined} onClick={() => onShow(name)}>
          {names[name]}
        </button>
      ))}
    </nav>
  );
}

export function Trouble({ text }: { readonly text: string | undefined }) {
  if (text === undefined) return null;
  return (
    <p class="trouble" role="alert" data-trouble>
      {text}
    </p>
  );
}

interface FieldProps {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly children: (id: string) => ComponentChildren;
}

export function Field({ label, hint, children }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children(id)}
      {hint !== undefined && <p class="quiet">{hint}</p>}
    </div>
  );
}

interface TextProps {
  readonly label: string;
  readonly name: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly hint?: string | undefined;
  readonly required?: boolean;
  readonly maxLength?: number;
}

export function TextField({ label, name, value, onValue, hint, required = true, maxLength = 96 }: TextProps) {
  return (
    <Field label={label} hint={hint}>
      {(id) => (
        <input
          id={id}
          name={name}
          type="text"
          value={value}
          required={required}
          maxLength={maxLength}
          autocomplete="off"
          onInput={(event) => onValue(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

interface NumberProps {
  readonly label: string;
  readonly name: string;
  readonly value: number;
  readonly onValue: (value: number) => void;
  readonly hint?: string | undefined;
  readonly min?: number;
}

export function NumberField({ label, name, value, onValue, hint, min }: NumberProps) {
  return (
    <Field label={label} hint={hint}>
      {(id) => (
        <input
          id={id}
          name={name}
          type="number"
          step="any"
          min={min}
          required
          value={Number.isNaN(value) ? "" : value}
          onInput={(event) => onValue(event.currentTarget.valueAsNumber)}
        />
      )}
    </Field>
  );
}

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly name: string;
  readonly value: T;
  readonly options: Readonly<Record<T, string>>;
  readonly onValue: (value: T) => void;
  readonly disabled?: boolean;
}

export function Choice<T extends string>({ label, name, value, options, onValue, disabled = false }: ChoiceProps<T>) {
  return (
    <Field label={label}>
      {(id) => (
        <select id={id} name={name} value={value} disabled={disabled} onChange={(event) => onValue(event.currentTarget.value as T)}>
          {(Object.keys(options) as T[]).map((option) => (
            <option key={option} value={option}>
              {options[option]}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function Form({ name, onSend, children }: { readonly name: string; readonly onSend: () => void; readonly children: ComponentChildren }) {
  return (
    <form
      class="staff-form"
      data-form={name}
      onSubmit={(event) => {
        event.preventDefault();
        onSend();
      }}
    >
      {children}
    </form>
  );
}

/** Something that cannot be undone is asked once more, in the same place. */
export function Twice({ action, label, sure, disabled, onAct }: { readonly action: string; readonly label: string; readonly sure: string; readonly disabled: boolean; readonly onAct: () => void }) {
  const [asked, setAsked] = useState(false);
  useEffect(() => {
    if (!asked) return undefined;
    const timer = window.setTimeout(() => setAsked(false), PATIENCE_MS);
    return () => window.clearTimeout(timer);
  }, [asked]);
  return (
    <button
      type="button"
      class={asked ? "danger" : "plain"}
      disabled={disabled}
      data-action={asked ? `${action}-sure` : action}
      onClick={() => {
        if (asked) onAct();
        setAsked(!asked);
      }}
    >
      {asked ? sure : label}
    </button>
  );
}
const PATIENCE_MS = 6_000; // then it is not meant any more
