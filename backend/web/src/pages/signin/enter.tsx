/** Signing in: with a passkey first, by another service, or with a password. */

import { useState } from "preact/hooks";
import { type WaysIn, passkeyOptions, signInWithPasskey, signInWithPassword } from "../../people/api.ts";
import { useTexts } from "../../hooks/language.tsx";
import { signInTexts } from "../../texts/signin.ts";
import { Field, Form, PasswordField, TroubleNote } from "./parts.tsx";
import { get, passkeysWork } from "./passkey.ts";
import type { Trouble } from "./problem.ts";
import { useTask } from "./useTask.ts";

interface Props {
  readonly ways: WaysIn;
  readonly first: Trouble | undefined;
  readonly onDone: () => Promise<void>;
}

export function Enter({ ways, first, onDone }: Props) {
  const { language } = useTexts();
  const texts = signInTexts[language];
  const { running, trouble, run } = useTask(first);
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const passkeys = ways.passkeys && passkeysWork();
  const withPasskey = (): void => {
    run("passkey", async () => {
      await signInWithPasskey(await get(await passkeyOptions()));
      await onDone();
    });
  };
  const withPassword = (): void => {
    run("password", async () => {
      await signInWithPassword(login, password);
      await onDone();
    });
  };
  return (
    <section class="card sign-in" data-sign-in="enter">
      <h1>{texts.title}</h1>
      <p class="quiet">{texts.lead}</p>
      <TroubleNote trouble={trouble} />
      {passkeys ? (
        <>
          <button type="button" class="big" data-action="passkey" disabled={running !== undefined} onClick={withPasskey}>
            {running === "passkey" ? texts.waiting : texts.passkey}
          </button>
          <p class="quiet">{texts.passkeyHint}</p>
        </>
      ) : (
        <p class="note">{texts.noPasskeys}</p>
      )}
      {ways.providers.map(({ name, label, path }) => (
        <a key={name} class="button plain other-service" href={path} data-provider={name}>
          {texts.by(label)}
        </a>
      ))}
      <details class="password-way" open={!passkeys || running === "password" || trouble?.problem === "wrong-credentials"}>
        <summary>{texts.passwordInstead}</summary>
        <Form onSend={withPassword}>
          <Field label={texts.login} name="username" value={login} autocomplete="username" maxLength={96} onValue={setLogin} />
          <PasswordField label={texts.password} value={password} autocomplete="current-password" onValue={setPassword} />
          <button type="submit" class={passkeys ? "plain" : ""} data-action="password" disabled={running !== undefined}>
            {texts.signIn}
          </button>
        </Form>
      </details>
      <p class="quiet small">{texts.lost}</p>
      <p class="quiet small">{texts.citizens}</p>
    </section>
  );
}
