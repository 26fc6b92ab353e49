/** The page for crews: what is near and needs somebody, one place, and what waits to be sent. */

import { useCallback, useEffect, useState } from "preact/hooks";
import { Frame, Notice } from "../../components/frame.tsx";
import { unsent } from "../../crew/outbox.ts";
import { type CrewStore, openStore } from "../../crew/store.ts";
import type { Stopped } from "../../crew/sync.ts";
import { useTexts } from "../../hooks/language.tsx";
import { useRealm } from "../../hooks/realm.ts";
import type { Oneself } from "../../people/api.ts";
import { signInFor } from "../../people/wayback.ts";
import { crewTexts } from "../../texts/crew.ts";
import { keepCrewPages } from "../../worker/keepcrew.ts";
import { Nearby } from "./nearby.tsx";
import { QueuePage } from "./queue.tsx";
import { SheetPage } from "./sheet.tsx";
import { type Outbox, useOutbox } from "./useOutbox.ts";
import { type Route, useRoute } from "./useRoute.ts";
import { type Who, districtsOf, useWho } from "./useWho.ts";

/** What all parts of the page need. */
export interface Crew {
  readonly store: CrewStore;
  readonly oneself: Oneself;
  readonly district: string;
  readonly outbox: Outbox;
  readonly onSignedOut: () => void;
}

function useStore(): CrewStore | undefined {
  const [store, setStore] = useState<CrewStore | undefined>();
  useEffect(() => {
    void openStore().then(setStore);
  }, []);
  return store;
}

function SignInLink() {
  const { language } = useTexts();
  const { pathname, hash } = window.location;
  return (
    <a class="button" href={signInFor(pathname + hash)} data-action="sign-in">
      {crewTexts[language].signIn}
    </a>
  );
}

/** What to know before anything else: who is missing, what is not kept. */
function Standing({ who, store, waiting }: { readonly who: Who; readonly store: CrewStore; readonly waiting: number }) {
  const { language } = useTexts();
  const texts = crewTexts[language];
  return (
    <>
      {who.session === "out" && (
        <div class="crew-alert" role="alert" data-session="out">
          <p>
            <strong>{texts.signedOut}</strong> {texts.signedOutHint(waiting)}
          </p>
          <SignInLink />
        </div>
      )}
      {store.forgetful && (
        <p class="crew-alert" role="alert" data-store="forgetful">
          {texts.forgetful}
        </p>
      )}
    </>
  );
}

interface TabsProps {
  readonly route: Route;
  readonly waiting: number;
}

function Tabs({ route, waiting }: TabsProps) {
  const { language } = useTexts();
  const texts = crewTexts[language];
  return (
    <nav class="crew-tabs" aria-label={texts.title}>
      <a href="#" aria-current={route.page === "near" ? "page" : undefined}>
        {texts.near}
      </a>
      <a href="#queue" aria-current={route.page === "queue" ? "page" : undefined} data-unsent={waiting}>
        {texts.queue} {waiting > 0 && <span class="badge">{waiting}</span>}
      </a>
      <a href="/provision">{texts.provision}</a>
    </nav>
  );
}

interface DistrictsProps {
  readonly listed: readonly string[];
  readonly district: string;
  readonly onDistrict: (district: string) => void;
}

function Districts({ listed, district, onDistrict }: DistrictsProps) {
  const { language } = useTexts();
  const texts = crewTexts[language];
  if (listed.length < 2) return null;
  return (
    <label class="crew-district">
      <span>{texts.district}</span>
      <select value={district} data-district={district} onChange={(event) => onDistrict(event.currentTarget.value)}>
        {listed.map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </select>
    </label>
  );
}

function Working({ who, oneself, store }: { readonly who: Who; readonly oneself: Oneself; readonly store: CrewStore }) {
  const { language } = useTexts();
  const texts = crewTexts[language];
  const route = useRoute();
  const listed = districtsOf(oneself);
  const [chosen, setChosen] = useState(listed[0]);
  const [sentRound, setSentRound] = useState(0);
  const { look } = who;
  const onStopped = useCallback((why: Stopped) => void (why === "sign-in" && look()), [look]);
  const onSent = useCallback(() => setSentRound((round) => round + 1), []);
  const account = who.session === "in" ? oneself.account : undefined;
  const outbox = useOutbox({ store, account, onStopped, onSent });
  const waiting = unsent(outbox.entries, oneself.account);
  if (chosen === undefined) return <Notice kind="empty" title={texts.noRole} hint={texts.noRoleHint} />;
  const crew: Crew = { store, oneself, district: chosen, outbox, onSignedOut: look };
  return (
    <>
      <Standing who={who} store={store} waiting={waiting} />
      <Tabs route={route} waiting={waiting} />
      {route.page === "near" && (
        <>
          <Districts listed={listed} district={chosen} onDistrict={setChosen} />
          <Nearby crew={crew} round={sentRound} />
        </>
      )}
      {route.page === "queue" && <QueuePage crew={crew} />}
      {route.page === "sheet" && <SheetPage key={route.subject} crew={crew} subject={route.subject} round={sentRound} />}
    </>
  );
}

export function CrewPage() {
  const { common, language } = useTexts();
  const texts = crewTexts[language];
  const store = useStore();
  const who = useWho(store);
  useEffect(keepCrewPages, []);
  const ready = store !== undefined && who.session !== "checking";
  return (
    <Frame realm={useRealm()}>
      <div class="crew" data-crew={who.session} data-login={who.oneself?.login}>
        {!ready && <Notice kind="loading" title={common.loading} />}
        {ready && who.oneself !== undefined && <Working who={who} oneself={who.oneself} store={store} />}
        {ready && who.oneself === undefined && who.session === "out" && (
          <Notice kind="empty" title={texts.signInNeeded} hint={texts.signInHint}>
            <p class="downloads">
              <SignInLink />
            </p>
          </Notice>
        )}
        {ready && who.oneself === undefined && who.session === "offline" && (
          <Notice kind="error" title={texts.offlineFirst} hint={texts.offlineFirstHint}>
            <button type="button" class="plain" onClick={who.look}>
              {common.retry}
            </button>
          </Notice>
        )}
      </div>
    </Frame>
  );
}
