/** The page where people who work for the city sign in: what it shows depends on who comes, and with what. */

import { useEffect, useState } from "preact/hooks";
import { type Oneself, type WaysIn, fetchOneself, fetchWays } from "../../people/api.ts";
import { Frame, Notice } from "../../components/frame.tsx";
import { useTexts } from "../../hooks/language.tsx";
import { keepWayBack, takeWayBack } from "../../people/wayback.ts";
import { signInTexts } from "../../texts/signin.ts";
import { AccountPage } from "./account.tsx";
import { Enter } from "./enter.tsx";
import { Invited } from "./invited.tsx";
import { isProblem } from "./problem.ts";
import { useTask } from "./useTask.ts";

interface Found {
  readonly ways: WaysIn;
  readonly oneself: Oneself | undefined;
}

/** What follows the number sign: a secret or a problem. It is taken out of the address, so that nobody sees it over a shoulder. */
export function takeFragment(): URLSearchParams {
  const found = new URLSearchParams(window.location.hash.slice(1));
  if (found.size > 0) window.history.replaceState(null, "", window.location.pathname);
  return found;
}

export function SignInPage({ fragment }: { readonly fragment: URLSearchParams }) {
  const { language, common } = useTexts();
  const texts = signInTexts[language];
  const { trouble, run } = useTask();
  const [found, setFound] = useState<Found | undefined>();
  const [invitation, setInvitation] = useState(fragment.get("invitation") ?? undefined);
  const said = fragment.get("problem") ?? undefined;
  const load = async (open = invitation !== undefined): Promise<void> => {
    const [ways, oneself] = await Promise.all([fetchWays(), fetchOneself()]);
    const back = oneself === undefined || open ? undefined : takeWayBack();
    if (back !== undefined) window.location.replace(back);
    else setFound({ ways, oneself });
  };
  const done = async (): Promise<void> => {
    await load(false);
    setInvitation(undefined);
  };
  useEffect(() => {
    keepWayBack(fragment);
    run("load", () => load());
  }, []);
  return (
    <Frame realm={found?.ways.city}>
      {found === undefined && trouble === undefined && <Notice kind="loading" title={common.loading} />}
      {found === undefined && trouble !== undefined && (
        <Notice kind="error" title={texts.problem[trouble.problem]}>
          <button type="button" class="plain" onClick={() => run("load", () => load())}>
            {common.retry}
          </button>
        </Notice>
      )}
      {found !== undefined && invitation !== undefined && <Invited token={invitation} ways={found.ways} onDone={done} />}
      {found !== undefined && invitation === undefined && found.oneself !== undefined && (
        <AccountPage oneself={found.oneself} canAdd={found.ways.passkeys} onOut={() => load()} />
      )}
      {found !== undefined && invitation === undefined && found.oneself === undefined && (
        <Enter ways={found.ways} first={said === undefined ? undefined : { problem: isProblem(said) ? said : "other", wait: undefined }} onDone={done} />
      )}
    </Frame>
  );
}
