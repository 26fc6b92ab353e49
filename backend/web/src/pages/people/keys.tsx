/** One's own API keys: each for something, each with an end. */

import { useEffect, useState } from "preact/hooks";
import { Notice } from "../../components/frame.tsx";
import { moment } from "../../format/time.ts";
import { useTexts } from "../../hooks/language.tsx";
import { Form, NumberField, TextField, Trouble, Twice } from "../../staff/parts.tsx";
import { type Deed, useDeed } from "../../staff/useDeed.ts";
import { peopleTexts } from "../../texts/people.ts";
import { type Key, type Scope, SCOPES, fetchKeys, makeKey, revokeKey } from "./api.ts";

const USUAL_DAYS = 90;

function KeyRow({ item, deed, onRevoke }: { readonly item: Key; readonly deed: Deed; readonly onRevoke: () => void }) {
  const { language } = useTexts();
  const texts = peopleTexts[language];
  const over = item.revoked !== null || Date.parse(item.expires) <= Date.now();
  return (
    <li data-key={item.name} data-over={over}>
      <p class="watch-name">
        <span>{item.name}</span>
        <code>{item.prefix}</code>
      </p>
      <p>{item.scopes.map((scope) => texts.scopes[scope as Scope] ?? scope).join(", ")}</p>
      <p class="quiet facts">
        <span>{item.revoked === null ? texts.ends(moment(item.expires, language)) : texts.revoked(moment(item.revoked, language))}</span>
        <span>{item.used === null ? texts.neverUsed : texts.used(moment(item.used, language))}</span>
      </p>
      {!over && <Twice action="revoke" label={texts.revoke} sure={texts.sure} disabled={deed.running} onAct={onRevoke} />}
    </li>
  );
}

function NewKey({ onMade }: { readonly onMade: () => Promise<void> }) {
  const { language } = useTexts();
  const texts = peopleTexts[language];
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<readonly Scope[]>([]);
  const [days, setDays] = useState(USUAL_DAYS);
  const [text, setText] = useState<string>();
  const { running, trouble, run } = useDeed();
  const make = (): void =>
    run(async () => {
      setText((await makeKey(name, scopes, days)).text);
      setName("");
      setScopes([]);
      await onMade();
    });
  return (
    <section class="card">
      <h2>{texts.newKey}</h2>
      <Form name="key" onSend={make}>
        <TextField label={texts.name} name="name" value={name} hint={texts.keyHint} maxLength={64} onValue={setName} />
        <fieldset class="ticks">
          <legend>{texts.may}</legend>
          {SCOPES.map((scope) => (
            <label key={scope} class="tick">
              <input
                type="checkbox"
                data-scope={scope}
                checked={scopes.includes(scope)}
                onChange={(event) => setScopes(event.currentTarget.checked ? [...scopes, scope] : scopes.filter((one) => one !== scope))}
              />
              {texts.scopes[scope]}
            </label>
          ))}
        </fieldset>
        <NumberField label={texts.days} name="days" min={1} value={days} hint={texts.daysHint} onValue={setDays} />
        <Trouble text={trouble} />
        <button type="submit" disabled={running || scopes.length === 0} data-action="make-key">
          {texts.makeKey}
        </button>
      </Form>
      {text !== undefined && (
        <div class="secret" role="status">
          <p>{texts.keyOnce}</p>
          <code data-secret>{text}</code>
        </div>
      )}
    </section>
  );
}

export function Keys() {
  const { common, language } = useTexts();
  const texts = peopleTexts[language];
  const [keys, setKeys] = useState<readonly Key[]>();
  const deed = useDeed();
  const load = async (): Promise<void> => setKeys(await fetchKeys());
  useEffect(() => deed.run(load), []);
  if (keys === undefined) return deed.trouble === undefined ? <Notice kind="loading" title={common.loading} /> : <Trouble text={deed.trouble} />;
  const revoke = (id: number): void =>
    deed.run(async () => {
      await revokeKey(id);
      await load();
    });
  return (
    <div class="staff editor">
      <section class="card staff-list" data-list="keys" data-count={keys.length}>
        <h2>{texts.ownKeys}</h2>
        <p class="quiet">{texts.keysLead}</p>
        <Trouble text={deed.trouble} />
        {keys.length === 0 && <p class="quiet">{texts.noKeys}</p>}
        <ul>
          {keys.map((item) => (
            <KeyRow key={item.id} item={item} deed={deed} onRevoke={() => revoke(item.id)} />
          ))}
        </ul>
      </section>
      <NewKey onMade={load} />
    </div>
  );
}
