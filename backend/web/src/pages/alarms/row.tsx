/** One alarm: what, since when, by which reading, and who has seen it. */

import { useState } from "preact/hooks";
import { ago, moment } from "../../format/time.ts";
import { placeName } from "../../format/value.ts";
import { useClock } from "../../hooks/clock.ts";
import { useTexts } from "../../hooks/language.tsx";
import { Form, TextField, Trouble } from "../../staff/parts.tsx";
import { useDeed } from "../../staff/useDeed.ts";
import { alarmRuleTexts } from "../../texts/alarmrules.ts";
import { acknowledge } from "./api.ts";
import type { AlarmItem, Severity } from "./types.ts";

const TONES: Readonly<Record<Severity, string>> = { urgent: "bad", warning: "open", notice: "good" };
const MAX_NOTE = 500;

export function SeverityMark({ severity }: { readonly severity: Severity }) {
  const { language } = useTexts();
  return <span class={`state state-${TONES[severity]}`}>{alarmRuleTexts[language].severities[severity]}</span>;
}

function Seen({ alarm: { acknowledged } }: { readonly alarm: AlarmItem }) {
  const { language } = useTexts();
  if (acknowledged === null) return null;
  const { name, time, note } = acknowledged;
  return (
    <p class="seen" data-acknowledged={name}>
      {alarmRuleTexts[language].seenBy(name, moment(time, language))}
      {note !== "" && <q>{note}</q>}
    </p>
  );
}

interface AcknowledgeProps {
  readonly alarm: AlarmItem;
  readonly district: string;
  readonly onDone: () => Promise<void>;
}

function Acknowledge({ alarm, district, onDone }: AcknowledgeProps) {
  const { language } = useTexts();
  const texts = alarmRuleTexts[language];
  const [open, setOpen] = useState(false);
  const [note, setNote] = useState("");
  const { running, trouble, run } = useDeed();
  const send = (): void =>
    run(async () => {
      await acknowledge(district, alarm.id, note);
      await onDone();
    });
  if (!open) {
    return (
      <button type="button" class="plain" data-action="acknowledge" aria-label={`${texts.acknowledge}: ${alarm.rule_name}, ${alarm.subject}`} onClick={() => setOpen(true)}>
        {texts.acknowledge}
      </button>
    );
  }
  return (
    <Form name="acknowledge" onSend={send}>
      <TextField label={texts.note} name="note" value={note} onValue={setNote} hint={texts.noteHint} required={false} maxLength={MAX_NOTE} />
      <Trouble text={trouble} />
      <p class="downloads">
        <button type="submit" disabled={running} data-action="send">
          {texts.acknowledge}
        </button>
        <button type="button" class="plain" onClick={() => setOpen(false)}>
          {texts.cancel}
        </button>
      </p>
    </Form>
  );
}

export function Proof({ path, text }: { readonly path: string | null; readonly text: string }) {
  if (path === null) return null;
  return (
    <a href={path} data-proof>
      {text}
    </a>
  );
}

interface RowProps {
  readonly alarm: AlarmItem;
  readonly tends: boolean;
  readonly district: string;
  readonly onDone?: () => Promise<void>;
}

export function AlarmRow({ alarm, tends, district, onDone }: RowProps) {
  const { common, language } = useTexts();
  const texts = alarmRuleTexts[language];
  const now = useClock();
  const name = placeName(alarm.subject, common);
  return (
    <li data-alarm={alarm.id} data-subject={alarm.subject} data-kind={alarm.kind} data-cleared={alarm.cleared_why ?? undefined}>
      <p class="watch-name">
        {alarm.page === null ? <span>{name}</span> : <a href={alarm.page}>{name}</a>}
        <SeverityMark severity={alarm.severity} />
      </p>
      <p>
        {alarm.rule_name}
        {alarm.value !== "" && <> · <strong data-value={alarm.value}>{alarm.value}</strong></>}
      </p>
      <p class="quiet facts">
        <span title={moment(alarm.since, language)}>{texts.since(ago(alarm.since, now, language))}</span>
        {alarm.cleared !== null && <span>{texts.cleared[alarm.cleared_why ?? ""]?.(moment(alarm.cleared, language))}</span>}
        {alarm.told_at !== null && alarm.cleared === null && <span data-quiet>{texts.quietUntil(moment(alarm.told_at, language))}</span>}
        <Proof path={alarm.proof} text={texts.proof} />
        <Proof path={alarm.cleared_proof} text={texts.clearedProof} />
      </p>
      <Seen alarm={alarm} />
      {tends && alarm.acknowledged === null && onDone !== undefined && <Acknowledge alarm={alarm} district={district} onDone={onDone} />}
    </li>
  );
}
