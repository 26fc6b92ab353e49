/** Whom rules tell: mailboxes and webhooks, a test of each, and what became of the messages. */

import { useEffect, useState } from "preact/hooks";
import { Notice } from "../../components/frame.tsx";
import { count, moment } from "../../format/time.ts";
import { useTexts } from "../../hooks/language.tsx";
import { Choice, Form, TextField, Trouble, Twice } from "../../staff/parts.tsx";
import { useDeed } from "../../staff/useDeed.ts";
import { alarmRuleTexts } from "../../texts/alarmrules.ts";
import { LANGUAGE_NAMES, type Language } from "../../texts/language.ts";
import { type Targets as Found, addTarget, fetchMessages, fetchTargets, removeTarget, testTarget } from "./api.ts";
import type { Message, Target } from "./types.ts";

const TONES = { waiting: "open", sent: "good", dead: "bad" } as const;
const LOOK_MS = 2_000; // while a message waits

function MessageRow({ message }: { readonly message: Message }) {
  const { language } = useTexts();
  const texts = alarmRuleTexts[language];
  const { event, rule, count: number, state, attempts, next, trouble, created } = message;
  return (
    <li data-message={message.id} data-event={event} data-state={state}>
      <p class="watch-name">
        <span>{event === "test" ? texts.events.test : `${texts.events[event]}: ${rule ?? ""} (${count(number, language)})`}</span>
        <span class={`state state-${TONES[state]}`}>{texts.states[state]}</span>
      </p>
      <p class="quiet facts">
        <span>{moment(created, language)}</span>
        {attempts > 1 && <span>{texts.attempts(count(attempts, language))}</span>}
        {next !== null && attempts > 0 && <span>{texts.again(moment(next, language))}</span>}
        {trouble !== "" && <code>{trouble}</code>}
      </p>
    </li>
  );
}

function Messages({ district, target, asked }: { readonly district: string; readonly target: Target; readonly asked: number }) {
  const { language } = useTexts();
  const texts = alarmRuleTexts[language];
  const [messages, setMessages] = useState<readonly Message[]>();
  const { trouble, run } = useDeed();
  useEffect(() => {
    let timer: number | undefined;
    let ended = false;
    const look = async (): Promise<void> => {
      const found = await fetchMessages(district, target.id);
      if (ended) return;
      setMessages(found);
      if (found.some(({ state }) => state === "waiting")) timer = window.setTimeout(() => run(look), LOOK_MS);
    };
    run(look);
    return () => {
      ended = true;
      window.clearTimeout(timer);
    };
  }, [asked]);
  return (
    <>
      <Trouble text={trouble} />
      {messages?.length === 0 && <p class="quiet">{texts.noMessages}</p>}
      <ul>
        {messages?.map((message) => (
          <MessageRow key={message.id} message={message} />
        ))}
      </ul>
    </>
  );
}

interface RowProps {
  readonly district: string;
  readonly target: Target;
  readonly leads: boolean;
  readonly onGone: () => Promise<void>;
}

function TargetRow({ district, target, leads, onGone }: RowProps) {
  const { language } = useTexts();
  const texts = alarmRuleTexts[language];
  const [asked, setAsked] = useState(0);
  const [open, setOpen] = useState(false);
  const { running, trouble, run } = useDeed();
  const test = (): void =>
    run(async () => {
      await testTarget(district, target.id);
      setAsked(asked + 1);
      setOpen(true);
    });
  const remove = (): void =>
    run(async () => {
      await removeTarget(district, target.id);
      await onGone();
    });
  return (
    <li data-target={target.id} data-kind={target.kind}>
      <p class="watch-name">
        <span>{target.name}</span>
        <span class="quiet">{texts.ways[target.kind]}</span>
      </p>
      <p class="quiet address">{target.address}</p>
      <Trouble text={trouble} />
      <p class="downloads">
        {leads && (
          <button type="button" class="plain" disabled={running} data-action="test" aria-label={`${texts.test}: ${target.name}`} onClick={test}>
            {texts.test}
          </button>
        )}
        <button type="button" class="plain" data-action="messages" aria-expanded={open} onClick={() => setOpen(!open)}>
          {texts.messages}
        </button>
        {leads && <Twice action="remove-target" label={texts.remove} sure={texts.sure} disabled={running} onAct={remove} />}
      </p>
      {open && <Messages district={district} target={target} asked={asked} />}
    </li>
  );
}

function NewTarget({ district, mails, onMade }: { readonly district: string; readonly mails: boolean; readonly onMade: () => Promise<void> }) {
  const { language } = useTexts();
  const texts = alarmRuleTexts[language];
  const [name, setName] = useState("");
  const [kind, setKind] = useState<Target["kind"]>(mails ? "email" : "webhook");
  const [address, setAddress] = useState("");
  const [spoken, setSpoken] = useState<Language>(language);
  const [secret, setSecret] = useState<string>();
  const { running, trouble, run } = useDeed();
  const add = (): void =>
    run(async () => {
      const made = await addTarget(district, { name, kind, address, language: spoken });
      setSecret(made.secret ?? undefined);
      setName("");
      setAddress("");
      await onMade();
    });
  return (
    <section class="card">
      <h2>{texts.newTarget}</h2>
      {!mails && <p class="quiet">{texts.noMails}</p>}
      <Form name="target" onSend={add}>
        <TextField label={texts.name} name="name" value={name} onValue={setName} />
        <div class="fields">
          <Choice label={texts.way} name="kind" value={kind} options={texts.ways} onValue={setKind} />
          {kind === "email" && <Choice label={texts.spoken} name="language" value={spoken} options={LANGUAGE_NAMES} onValue={setSpoken} />}
        </div>
        <TextField label={texts.address} name="address" value={address} hint={kind === "webhook" ? texts.webhookHint : undefined} maxLength={512} onValue={setAddress} />
        <Trouble text={trouble} />
        <button type="submit" disabled={running} data-action="add-target">
          {texts.add}
        </button>
      </Form>
      {secret !== undefined && (
        <div class="secret" role="status">
          <p>{texts.secretOnce}</p>
          <code data-secret>{secret}</code>
        </div>
      )}
    </section>
  );
}

export function Targets({ district, leads }: { readonly district: string; readonly leads: boolean }) {
  const { common, language } = useTexts();
  const texts = alarmRuleTexts[language];
  const [found, setFound] = useState<Found>();
  const { trouble, run } = useDeed();
  const load = async (): Promise<void> => setFound(await fetchTargets(district));
  useEffect(() => run(load), []);
  if (found === undefined) return trouble === undefined ? <Notice kind="loading" title={common.loading} /> : <Trouble text={trouble} />;
  return (
    <div class="staff editor">
      <section class="card staff-list" data-list="targets" data-count={found.items.length}>
        <h2>{texts.targets}</h2>
        <p class="quiet">{texts.targetsLead}</p>
        {found.items.length === 0 && <p class="quiet">{texts.noTargets}</p>}
        <ul>
          {found.items.map((target) => (
            <TargetRow key={target.id} district={district} target={target} leads={leads} onGone={load} />
          ))}
        </ul>
      </section>
      {leads && <NewTarget district={district} mails={found.mails} onMade={load} />}
    </div>
  );
}
