/** Coming in by an invitation: a passkey, or a password. */

import { useEffect, useState } from "preact/hooks";
import { type Guest, type WaysIn, comeInWithPasskey, comeInWithPassword, fetchGuest, guestOptions } from "../../people/api.ts";
import { Notice } from "../../components/frame.tsx";
import { useTexts } from "../../hooks/language.tsx";
import { signInTexts } from "../../texts/signin.ts";
import { Field, Form, PasswordField, TroubleNote } from "./parts.tsx";
import { create, passkeysWork } from "./passkey.ts";
import { useTask } from "./useTask.ts";

interface Props {
  readonly token: string;
  readonly ways: WaysIn;
  readonly onDone: () => Promise<void>;
}

export function Invited({ token, ways, onDone }: Props) {
  const { language, common } = useTexts();
  const texts = signInTexts[language];
  const { running, trouble, run } = useTask();
  const [guest, setGuest] = useState<Guest | undefined>();
  const [device, setDevice] = useState(texts.thisDevice);
  const [password, setPassword] = useState("");
  const passkeys = ways.passkeys && passkeysWork();
  useEffect(() => {
    run("guest", async () => setGuest(await fetchGuest(token)));
  }, [token]);
  if (guest === undefined) {
    if (trouble === undefined) return <Notice kind="loading" title={common.loading} />;
    return (
      <section class="card sign-in" data-sign-in="invitation-over">
        <h1>{texts.title}</h1>
        <TroubleNote trouble={trouble} />
        <a class="button plain" href="/sign-in">
          {texts.signIn}
        </a>
      </section>
    );
  }
  const withPasskey = (): void => {
    run("passkey", async () => {
      await comeInWithPasskey(token, device, await create(await guestOptions(token)));
      await onDone();
    });
  };
  const withPassword = (): void => {
    run("password", async () => {
      await comeInWithPassword(token, password);
      await onDone();
    });
  };
  return (
    <section class="card sign-in" data-sign-in="invited">
      <h1>{texts.welcome(guest.name)}</h1>
      <p class="quiet">{texts.welcomeLead(guest.login)}</p>
      <TroubleNote trouble={trouble} />
      {passkeys ? (
        <Form onSend={withPasskey}>
          <Field label={texts.deviceName} name="device" value={device} autocomplete="off" maxLength={64} onValue={setDevice} />
          <button type="submit" class="big" data-action="make-passkey" disabled={running !== undefined}>
            {running === "passkey" ? texts.waiting : texts.makePasskey}
          </button>
          <p class="quiet">{texts.makePasskeyHint}</p>
        </Form>
      ) : (
        <p class="note">{texts.noPasskeys}</p>
      )}
      <details class="password-way" open={!passkeys || trouble?.problem === "bad-password"}>
        <summary>{texts.passwordInstead}</summary>
        <Form onSend={withPassword}>
          <input class="unseen" type="text" name="username" autocomplete="username" value={guest.login} readOnly tabIndex={-1} aria-hidden="true" />
          <PasswordField label={texts.newPassword} value={password} autocomplete="new-password" hint={texts.newPasswordHint} onValue={setPassword} />
          <button type="submit" class="plain" data-action="set-password" disabled={running !== undefined}>
            {texts.setPassword}
          </button>
        </Form>
      </details>
    </section>
  );
}
