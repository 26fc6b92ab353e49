/** Who has roles in a district: let in, changed, signed out, ended. */

import { useEffect, useState } from "preact/hooks";
import { Notice } from "../../components/frame.tsx";
import { moment } from "../../format/time.ts";
import { useTexts } from "../../hooks/language.tsx";
import { browserOf } from "../../people/agent.ts";
import type { Oneself } from "../../people/api.ts";
import { Form, TextField, Trouble, Twice } from "../../staff/parts.tsx";
import { useDeed } from "../../staff/useDeed.ts";
import { CITY, has } from "../../staff/useStaff.ts";
import { peopleTexts } from "../../texts/people.ts";
import { ROLES, signInTexts } from "../../texts/signin.ts";
import {
  type Account,
  type Invited,
  type TheirSession,
  endAccount,
  endSessions,
  fetchAccounts,
  fetchTheirSessions,
  invite,
  inviteAgain,
  putRoles,
} from "./api.ts";

const OF_A_DISTRICT = ["crew", "operator", "auditor", "partner"];

/** The roles that whoever looks may give here, as the server has it too. */
function givable(oneself: Oneself, district: string): readonly string[] {
  if (has(oneself, ["operator"], CITY)) return ROLES;
  return district === CITY ? [] : OF_A_DISTRICT;
}

interface RolesProps {
  readonly roles: readonly string[];
  readonly offered: readonly string[];
  readonly onRoles: (roles: readonly string[]) => void;
}

function RoleTicks({ roles, offered, onRoles }: RolesProps) {
  const { language } = useTexts();
  const texts = signInTexts[language];
  return (
    <fieldset class="ticks role-ticks">
      <legend>{peopleTexts[language].rolesHere}</legend>
      {offered.map((role) => (
        <label key={role} class="tick">
          <input
            type="checkbox"
            data-role={role}
            checked={roles.includes(role)}
            onChange={(event) => onRoles(event.currentTarget.checked ? [...roles, role] : roles.filter((one) => one !== role))}
          />
          {texts.role[role] ?? role}
        </label>
      ))}
    </fieldset>
  );
}

function Link({ invited: { link, expires, account } }: { readonly invited: Invited }) {
  const { language } = useTexts();
  const texts = peopleTexts[language];
  return (
    <div class="secret" role="status" data-invited={account.login}>
      <p>{texts.linkOnce(account.name, moment(expires, language))}</p>
      <code data-link>{link}</code>
    </div>
  );
}

function SessionRows({ sessions }: { readonly sessions: readonly TheirSession[] }) {
  const { language } = useTexts();
  const texts = signInTexts[language];
  if (sessions.length === 0) return <p class="quiet">{peopleTexts[language].noSessions}</p>;
  return (
    <ul>
      {sessions.map(({ id, agent, address, method, seen }) => (
        <li key={id} data-session={id}>
          <p>{browserOf(agent)}</p>
          <p class="quiet">{[moment(seen, language), address, texts.method[method] ?? method].join(" · ")}</p>
        </li>
      ))}
    </ul>
  );
}

interface RowProps {
  readonly district: string;
  readonly account: Account;
  readonly offered: readonly string[];
  readonly leads: boolean;
  readonly onChanged: (account: Account) => void;
  readonly onInvited: (invited: Invited) => void;
}

function Tools({ district, account, offered, onChanged, onInvited }: Omit<RowProps, "leads">) {
  const { language } = useTexts();
  const texts = peopleTexts[language];
  const { running, trouble, run } = useDeed();
  const [roles, setRoles] = useState(account.roles);
  const [sessions, setSessions] = useState<readonly TheirSession[]>();
  const look = async (): Promise<void> => setSessions(await fetchTheirSessions(district, account.id));
  const { id } = account;
  const out = async (): Promise<void> => {
    await endSessions(district, id);
    await look();
  };
  const end = async (): Promise<void> => {
    await endAccount(district, id);
    onChanged({ ...account, active: false });
  };
  return (
    <div class="staff-form" data-tools={account.login}>
      <RoleTicks roles={roles} offered={[...new Set([...offered, ...account.roles])]} onRoles={setRoles} />
      <p class="downloads">
        <button type="button" disabled={running} data-action="save-roles" onClick={() => run(async () => onChanged(await putRoles(district, id, roles)))}>
          {texts.saveRoles}
        </button>
        <button type="button" class="plain" disabled={running} data-action="sessions" onClick={() => run(look)}>
          {texts.sessions}
        </button>
        <button type="button" class="plain" disabled={running} data-action="sign-out" onClick={() => run(out)}>
          {texts.signOut}
        </button>
        <button type="button" class="plain" disabled={running} data-action="invite-again" onClick={() => run(async () => onInvited(await inviteAgain(district, id)))}>
          {texts.inviteAgain}
        </button>
        {account.active && <Twice action="end-account" label={texts.endAccount} sure={texts.sure} disabled={running} onAct={() => run(end)} />}
      </p>
      <Trouble text={trouble} />
      {sessions !== undefined && <SessionRows sessions={sessions} />}
    </div>
  );
}

function AccountRow(props: RowProps) {
  const { language } = useTexts();
  const texts = peopleTexts[language];
  const { account, leads } = props;
  const [open, setOpen] = useState(false);
  const named = account.roles.map((role) => signInTexts[language].role[role] ?? role);
  return (
    <li data-account={account.login} data-active={account.active}>
      <p class="watch-name">
        <span>{account.name}</span>
        {!account.active && <span class="state state-open">{texts.ended}</span>}
      </p>
      <p class="quiet facts">
        <span>{account.login}</span>
        <span>{named.length === 0 ? signInTexts[language].noRoles : named.join(", ")}</span>
        <span>{texts.since(moment(account.created, language))}</span>
      </p>
      {leads && (
        <button type="button" class="plain" data-action="open-account" aria-expanded={open} aria-label={`${texts.change}: ${account.name}`} onClick={() => setOpen(!open)}>
          {texts.change}
        </button>
      )}
      {open && <Tools {...props} />}
    </li>
  );
}

function Invite({ district, offered, onInvited }: { readonly district: string; readonly offered: readonly string[]; readonly onInvited: (invited: Invited) => void }) {
  const { language } = useTexts();
  const texts = peopleTexts[language];
  const [login, setLogin] = useState("");
  const [name, setName] = useState("");
  const [roles, setRoles] = useState<readonly string[]>([]);
  const { running, trouble, run } = useDeed();
  const send = (): void =>
    run(async () => {
      onInvited(await invite(district, login, name, roles));
      setLogin("");
      setName("");
      setRoles([]);
    });
  return (
    <section class="card">
      <h2>{texts.letIn}</h2>
      <p class="quiet">{texts.letInLead}</p>
      <Form name="invite" onSend={send}>
        <TextField label={texts.name} name="name" value={name} onValue={setName} />
        <TextField label={signInTexts[language].login} name="login" value={login} hint={texts.loginHint} onValue={setLogin} />
        <RoleTicks roles={roles} offered={offered} onRoles={setRoles} />
        <Trouble text={trouble} />
        <button type="submit" disabled={running || roles.length === 0} data-action="invite">
          {texts.invite}
        </button>
      </Form>
    </section>
  );
}

export function AccountList({ district, leads, oneself }: { readonly district: string; readonly leads: boolean; readonly oneself: Oneself }) {
  const { common, language } = useTexts();
  const texts = peopleTexts[language];
  const [items, setItems] = useState<readonly Account[]>();
  const [next, setNext] = useState<string | null>(null);
  const [invited, setInvited] = useState<Invited>();
  const { running, trouble, run } = useDeed();
  const load = async (cursor: string | null): Promise<void> => {
    const found = await fetchAccounts(district, cursor);
    setItems((before) => [...(cursor === null ? [] : (before ?? [])), ...found.items]);
    setNext(found.next);
  };
  useEffect(() => run(() => load(null)), []);
  const offered = givable(oneself, district);
  const changed = (account: Account): void => setItems((before) => before?.map((one) => (one.id === account.id ? account : one)));
  const came = (one: Invited): void => {
    setInvited(one);
    run(() => load(null));
  };
  if (items === undefined) return trouble === undefined ? <Notice kind="loading" title={common.loading} /> : <Trouble text={trouble} />;
  return (
    <div class="staff editor">
      <section class="card staff-list" data-list="accounts" data-count={items.length}>
        <h2>{texts.accounts}</h2>
        {items.length === 0 && <p class="quiet">{texts.nobody}</p>}
        <ul>
          {items.map((account) => (
            <AccountRow key={account.id} district={district} account={account} offered={offered} leads={leads} onChanged={changed} onInvited={came} />
          ))}
        </ul>
        <Trouble text={trouble} />
        {next !== null && (
          <button type="button" class="plain" disabled={running} data-action="more" onClick={() => run(() => load(next))}>
            {texts.more}
          </button>
        )}
      </section>
      {leads && offered.length > 0 && (
        <div class="staff">
          <Invite district={district} offered={offered} onInvited={came} />
          {invited !== undefined && <Link invited={invited} />}
        </div>
      )}
    </div>
  );
}
