/** For a registrar: what waits, approved one by one or in one go. The key that signs stays at the desk. */

import { useCallback, useEffect, useState } from "preact/hooks";
import { ApiError } from "../../api/client.ts";
import { moment } from "../../format/time.ts";
import { placeName } from "../../format/value.ts";
import { useTexts } from "../../hooks/language.tsx";
import { signInFor } from "../../people/wayback.ts";
import { type Listed, decide, fetchWaiting } from "../../provision/api.ts";
import { provisionTexts } from "../../texts/provision.ts";

const POLL_MS = 5_000;
const SIGN_IN_AGAIN = "sign-in-again";

function useWaiting(district: string): { readonly waiting: readonly Listed[]; readonly look: () => Promise<void> } {
  const [waiting, setWaiting] = useState<readonly Listed[]>([]);
  const look = useCallback(async () => {
    try {
      setWaiting(await fetchWaiting(district));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error; // the page says above that nobody answers
    }
  }, [district]);
  useEffect(() => {
    void look();
    const timer = window.setInterval(() => {
      if (!document.hidden) void look();
    }, POLL_MS);
    return () => window.clearInterval(timer);
  }, [look]);
  return { waiting, look };
}

export function RegistrarPart({ district }: { readonly district: string }) {
  const { common, language } = useTexts();
  const texts = provisionTexts[language];
  const { waiting, look } = useWaiting(district);
  const [trouble, setTrouble] = useState<ApiError | undefined>();
  const [reason, setReason] = useState("");
  const act = (work: () => Promise<void>): void => {
    setTrouble(undefined);
    work()
      .catch((error: unknown) => {
        if (!(error instanceof ApiError)) throw error;
        setTrouble(error);
      })
      .finally(() => void look());
  };
  const all = async (): Promise<void> => {
    for (const one of waiting) await decide(district, one, "approved");
  };
  return (
    <section class="card provision-step" data-step="registrar" data-waiting={waiting.length}>
      <h2>{texts.registrar}</h2>
      <p class="quiet">{texts.registrarHint}</p>
      {waiting.length === 0 ? <p>{texts.nobodyWaits}</p> : (
        <button type="button" data-action="approve-all" onClick={() => act(all)}>
          {texts.approveAll(String(waiting.length))}
        </button>
      )}
      {trouble !== undefined && (
        <div class="trouble" role="alert" data-problem={trouble.reason ?? "other"}>
          <p>{trouble.reason === SIGN_IN_AGAIN ? texts.signInAgain : trouble.message}</p>
          {trouble.reason === SIGN_IN_AGAIN && <a href={signInFor("/provision")}>{texts.signIn}</a>}
        </div>
      )}
      <ul class="provision-list">
        {waiting.map((one) => (
          <li key={one.id} class="provision-entry" data-request={one.subject}>
            <p>
              <strong>{placeName(one.subject, common)}</strong> <span class="quiet">{[one.label, one.model, one.degrees?.join(", ")].filter(Boolean).join(" · ")}</span>
            </p>
            <p class="quiet">
              <code>{one.kid}</code> · {texts.askedBy(one.by, moment(one.requested, language))}
            </p>
            <p class="downloads">
              <button type="button" class="plain" data-action="approve" onClick={() => act(() => decide(district, one, "approved"))}>
                {texts.approve}
              </button>
              <button type="button" class="plain" data-action="decline" onClick={() => act(() => decide(district, one, "declined", reason))}>
                {texts.decline}
              </button>
            </p>
          </li>
        ))}
      </ul>
      {waiting.length > 0 && (
        <label class="field">
          <span>{texts.declineReason}</span>
          <input type="text" name="reason" maxLength={255} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
        </label>
      )}
    </section>
  );
}
