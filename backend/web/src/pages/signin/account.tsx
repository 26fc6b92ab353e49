/** Who is signed in: what one may, one's passkeys and sessions. */

import { useEffect, useState } from "preact/hooks";
import {
  type Oneself,
  type Passkeys,
  type SessionItem,
  addPasskey,
  endSession,
  fetchPasskeys,
  fetchSessions,
  newPasskeyOptions,
  removePasskey,
  signOut,
  signOutEverywhere,
} from "../../people/api.ts";
import { browserOf } from "../../people/agent.ts";
import { moment } from "../../format/time.ts";
import { useTexts } from "../../hooks/language.tsx";
import { StaffLinks } from "../../staff/links.tsx";
import { signInTexts } from "../../texts/signin.ts";
import { TroubleNote } from "./parts.tsx";
import { create, passkeysWork } from "./passkey.ts";
import { useTask } from "./useTask.ts";

function Roles({ oneself }: { readonly oneself: Oneself }) {
  const { language } = useTexts();
  const texts = signInTexts[language];
  if (oneself.grants.length === 0) return <p class="quiet">{texts.noRoles}</p>;
  return (
    <ul class="roles" aria-label={texts.roles}>
      {oneself.grants.map(({ district, role }) => (
        <li key={`${district} ${role}`} data-role={role}>
          <strong>{texts.role[role] ?? role}</strong> <span class="quiet">{district === "city" ? texts.wholeCity : district}</span>
        </li>
      ))}
    </ul>
  );
}

interface Act {
  readonly busy: boolean;
  readonly act: (work: () => Promise<unknown>) => void;
}

function PasskeyList({ passkeys, canAdd, busy, act }: Act & { readonly passkeys: Passkeys; readonly canAdd: boolean }) {
  const { language } = useTexts();
  const texts = signInTexts[language];
  const add = (): void => act(async () => addPasskey(texts.thisDevice, await create(await newPasskeyOptions())));
  return (
    <section class="card sign-list" data-list="passkeys">
      <h2>{texts.passkeys}</h2>
      <ul>
        {passkeys.items.map(({ id, name, used, cloned }) => (
          <li key={id} data-passkey={id}>
            <div>
              <p>{name}</p>
              <p class={cloned ? "trouble" : "quiet"}>{cloned ? texts.cloned : used === null ? texts.neverUsed : texts.lastUsed(moment(used, language))}</p>
            </div>
            <button type="button" class="plain" disabled={busy} data-action="remove" aria-label={`${texts.remove}: ${name}`} onClick={() => act(() => removePasskey(id))}>
              {texts.remove}
            </button>
          </li>
        ))}
      </ul>
      {passkeys.password && <p class="quiet">{texts.alsoPassword}</p>}
      {canAdd && (
        <button type="button" class="plain" disabled={busy} data-action="add-passkey" onClick={add}>
          {texts.addPasskey}
        </button>
      )}
    </section>
  );
}

function SessionList({ sessions, busy, act }: Act & { readonly sessions: readonly SessionItem[] }) {
  const { language } = useTexts();
  const texts = signInTexts[language];
  return (
    <section class="card sign-list" data-list="sessions">
      <h2>{texts.sessions}</h2>
      <ul>
        {sessions.map(({ id, agent, address, method, seen, current }) => (
          <li key={id} data-session={id}>
            <div>
              <p class="agent">{browserOf(agent)}</p>
              <p class="quiet">
                {[current ? texts.current : moment(seen, language), address, texts.method[method] ?? method].join(" · ")}
              </p>
            </div>
            {!current && (
              <button type="button" class="plain" disabled={busy} data-action="end" aria-label={`${texts.end}: ${address}`} onClick={() => act(() => endSession(id))}>
                {texts.end}
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

interface Props {
  readonly oneself: Oneself;
  readonly canAdd: boolean;
  readonly onOut: () => Promise<void>;
}

export function AccountPage({ oneself, canAdd, onOut }: Props) {
  const { language } = useTexts();
  const texts = signInTexts[language];
  const { running, trouble, run } = useTask();
  const [lists, setLists] = useState<readonly [Passkeys, readonly SessionItem[]] | undefined>();
  const load = async (): Promise<void> => setLists(await Promise.all([fetchPasskeys(), fetchSessions()]));
  useEffect(() => run("load", load), [oneself.session]);
  const busy = running !== undefined;
  const act = (work: () => Promise<unknown>): void =>
    run("act", async () => {
      await work();
      await load();
    });
  const leave = (work: () => Promise<void>): void =>
    run("leave", async () => {
      await work();
      await onOut();
    });
  return (
    <div class="account" data-sign-in="account" data-login={oneself.login}>
      <section class="card sign-in">
        <p class="quiet">{texts.signedInAs}</p>
        <h1>{oneself.name}</h1>
        <p class="quiet">{oneself.login}</p>
        <Roles oneself={oneself} />
        <StaffLinks oneself={oneself} />
        {oneself.grants.some(({ role }) => ["crew", "operator", "auditor"].includes(role)) && (
          <p>
            <a href="/crew" data-action="crew">
              {texts.crewPage}
            </a>
          </p>
        )}
        <TroubleNote trouble={trouble} />
        <p class="quiet small">{texts.until(moment(oneself.ends, language))}</p>
        <p class="downloads">
          <button type="button" data-action="sign-out" disabled={busy} onClick={() => leave(signOut)}>
            {texts.signOut}
          </button>
          <button type="button" class="plain" data-action="sign-out-everywhere" disabled={busy} onClick={() => leave(signOutEverywhere)}>
            {texts.signOutEverywhere}
          </button>
        </p>
      </section>
      {lists !== undefined && (
        <>
          <PasskeyList passkeys={lists[0]} canAdd={canAdd && passkeysWork()} busy={busy} act={act} />
          <SessionList sessions={lists[1]} busy={busy} act={act} />
        </>
      )}
    </div>
  );
}
