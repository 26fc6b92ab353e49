/** Page of a claim token: whose deposit it is, and claiming it, once. */

import { Fact } from "../../components/fact.tsx";
import { Frame, Notice } from "../../components/frame.tsx";
import { Mark } from "../../components/steps.tsx";
import { moment } from "../../format/time.ts";
import { placeName } from "../../format/value.ts";
import { useTexts } from "../../hooks/language.tsx";
import { useRealm } from "../../hooks/realm.ts";
import { browserStore } from "../../store.ts";
import { type ClaimState, claimTexts } from "../../texts/claim.ts";
import type { CheckedToken } from "../../trust/token.ts";
import { Deposit } from "./deposit.tsx";
import { type Claiming, useClaim } from "./useClaim.ts";

/** How the head looks: good, bad, or something in between. */
const LOOKS: Readonly<Record<ClaimState, "good" | "bad" | "open">> = {
  offered: "open",
  yours: "good",
  pending: "good",
  taken: "bad",
  expired: "bad",
  void: "bad",
  invalid: "bad",
  offline: "open",
  busy: "open",
  unavailable: "open",
};
const SEALS = { good: "m12 20.5 5.6 5.6L28.5 14", bad: "m14 14 12 12M26 14 14 26", open: "M20 11v11M20 28v.01" } as const;

function Head({ state, detail }: { readonly state: ClaimState; readonly detail: string | undefined }) {
  const { language } = useTexts();
  const texts = claimTexts[language];
  const [title, hint] = texts.states[state];
  const look = LOOKS[state];
  return (
    <div class={`verdict-head ${look === "open" ? "offer" : look}`} role="status">
      {state !== "offered" && (
        <svg class="seal" viewBox="0 0 40 40" aria-hidden="true">
          <circle cx="20" cy="20" r="18" />
          <path d={SEALS[look]} />
        </svg>
      )}
      <div>
        <h1>{title}</h1>
        <p>{hint}</p>
        {detail !== undefined && <p class="says">{texts.reason(detail)}</p>}
      </div>
    </div>
  );
}

function Signature({ checked }: { readonly checked: CheckedToken | undefined }) {
  const { language, check } = useTexts();
  const texts = claimTexts[language];
  if (checked === undefined) return <p class="quiet">{check.checking}</p>;
  const { signature } = checked;
  const status = ({ signed: "checked", forged: "failed", unknown: "not-checked" } as const)[signature];
  return (
    <div class="token-check" data-signature={signature}>
      <Mark status={status} />
      <div>
        <p class="step-title">{{ signed: texts.signed, forged: texts.unsigned, unknown: texts.notCheckedHere }[signature]}</p>
        {signature === "signed" && <p class="quiet">{texts.signedHint}</p>}
      </div>
    </div>
  );
}

/** A token whose signature is false is not worth asking the city. */
function stateOf({ standing, checked }: Claiming): ClaimState | undefined {
  return checked?.signature === "forged" ? "invalid" : standing?.state;
}

function Facts({ claiming }: { readonly claiming: Claiming }) {
  const { language, common } = useTexts();
  const texts = claimTexts[language];
  const { token, checked, standing } = claiming;
  const bin = checked?.bin;
  const place = bin === undefined ? undefined : [placeName(bin.subject, common), bin.label].filter(Boolean).join(" · ");
  const { claim } = standing ?? {};
  return (
    <>
      {place !== undefined && (
        <p class="claim-place" data-bin={bin?.subject}>
          {texts.at(place)}
        </p>
      )}
      {standing?.state === "offered" && token !== undefined && <p class="quiet">{texts.until(moment(token.expires, language))}</p>}
      {claim !== undefined && (
        <dl class="facts">
          {claim.kilograms !== null && (
            <Fact name={texts.weighed}>
              <span class="claim-weight" data-kilograms={claim.kilograms}>
                {claim.kilograms} kg
              </span>
            </Fact>
          )}
          <Fact name={texts.claimed}>{moment(claim.claimed, language)}</Fact>
        </dl>
      )}
    </>
  );
}

function Content({ digits }: { readonly digits: string }) {
  const { language, common } = useTexts();
  const texts = claimTexts[language];
  const claiming = useClaim(digits);
  const state = stateOf(claiming);
  const { standing, checked, token, busy, claim } = claiming;
  if (state === undefined) return <Notice kind="loading" title={texts.reading} />;
  const offered = state === "offered";
  const forgetful = browserStore().forgetful === true;
  return (
    <div class="columns">
      <section class="card claim" data-claim={state}>
        <Head state={state} detail={standing?.detail} />
        <Facts claiming={claiming} />
        {token !== undefined && <Signature checked={checked} />}
        {offered && (
          <button type="button" class="big" data-action="claim" disabled={busy} onClick={claim}>
            {busy ? texts.claiming : texts.claim}
          </button>
        )}
        {["offline", "unavailable", "busy"].includes(state) && (
          <button type="button" class="plain" data-action="claim-again" disabled={busy} onClick={claim}>
            {busy ? texts.claiming : common.retry}
          </button>
        )}
        <p class="downloads">
          {checked?.bin?.page && (
            <a class="button plain" href={checked.bin.page}>
              {texts.toBin}
            </a>
          )}
          {!offered && (
            <a class="button plain" href="/scan">
              {texts.scanAgain}
            </a>
          )}
        </p>
        {["offered", "yours", "pending"].includes(state) && <p class={forgetful ? "elsewhere" : "note"}>{forgetful ? texts.forgetful : texts.keeper}</p>}
      </section>
      {standing?.claim?.state === "confirmed" && checked?.bin !== undefined && <Deposit claim={standing.claim} subject={checked.bin.subject} />}
    </div>
  );
}

export function ClaimPage({ digits }: { readonly digits: string }) {
  const { common } = useTexts();
  return (
    <Frame realm={useRealm()}>
      <p class="back">
        <a href="/">← {common.overview}</a>
      </p>
      <Content digits={digits} />
    </Frame>
  );
}
