/** Page on which crews take a device from its box to its first verified reading, and registrars approve what was asked for. */

import { useEffect, useState } from "preact/hooks";
import { Frame } from "../../components/frame.tsx";
import { useTexts } from "../../hooks/language.tsx";
import { useRealm } from "../../hooks/realm.ts";
import type { Entry } from "../../provision/entry.ts";
import type { Site } from "../../provision/site.ts";
import { provisionTexts } from "../../texts/provision.ts";
import { keepCrewPages } from "../../worker/keepcrew.ts";
import { Device } from "./device.tsx";
import { EMPTY, type Form, formOf, wantedOf } from "./form.ts";
import { KeptEntry } from "./kept.tsx";
import { Place } from "./place.tsx";
import { RegistrarPart } from "./registrar.tsx";
import { Settings } from "./settings.tsx";
import { useCable } from "./useCable.ts";
import { type Entries, useEntries } from "./useEntries.ts";
import { type Session, type SessionState, districtsOf, useSession } from "./useSession.ts";

interface ListProps {
  readonly entries: Entries;
  readonly session: SessionState;
  readonly finished: string | undefined;
}

function Finished({ entry, entries, session, site, onNext }: Omit<ListProps, "finished"> & { readonly entry: Entry; readonly site: Site | undefined; readonly onNext: () => void }) {
  const { language } = useTexts();
  const texts = provisionTexts[language];
  return (
    <section class="card provision-step" data-step="finished">
      <h2>{texts.after}</h2>
      <ul class="provision-list">
        <KeptEntry entry={entry} entries={entries} session={session} current />
      </ul>
      {(site?.configuration.length ?? 0) > 0 && <p class="note">{texts.operatorNext}</p>}
      <button type="button" data-action="next" onClick={onNext}>
        {texts.next}
      </button>
    </section>
  );
}

function KeptList({ entries, session, finished }: ListProps) {
  const { language } = useTexts();
  const texts = provisionTexts[language];
  const others = entries.entries.filter(({ kid }) => kid !== finished);
  const waits = others.some(({ state }) => state === "asked");
  return (
    <section class="card provision-step" data-step="kept" data-count={others.length}>
      <h2>{texts.kept}</h2>
      <p class="quiet">{texts.keptHint}</p>
      {others.length === 0 && <p>{texts.nothingKept}</p>}
      {waits && session !== "in" && <p class="kept">{session === "out" ? texts.waitsForSignIn : texts.waitsForNetwork}</p>}
      {waits && (
        <button type="button" class="plain" data-action="send-now" onClick={() => void entries.sync()}>
          {texts.sendNow}
        </button>
      )}
      <ul class="provision-list">
        {others.map((entry) => (
          <KeptEntry key={entry.kid} entry={entry} entries={entries} session={session} current={false} />
        ))}
      </ul>
    </section>
  );
}

/** The district that requests are put for: chosen, or the only one. */
function useDistrict({ oneself }: Session): readonly [district: string, choose: (district: string) => void] {
  const [chosen, choose] = useState<string | undefined>();
  const districts = districtsOf(oneself, "crew");
  return [chosen ?? districts[0] ?? "city", choose];
}

export function ProvisionPage() {
  const { language } = useTexts();
  const texts = provisionTexts[language];
  useEffect(keepCrewPages, []);
  const session = useSession();
  const entries = useEntries(session);
  const [district, choose] = useDistrict(session);
  const [site, setSite] = useState<Site | undefined>();
  const [form, setForm] = useState<Form>(EMPTY);
  const cable = useCable(site, district, entries.journal, entries.reload);
  const { met, finished } = cable;
  const asked = met?.entry !== undefined && met.entry.state !== "begun";
  useEffect(() => {
    // A device that was begun goes on as what it was.
    if (met?.entry !== undefined) setForm(formOf(met.entry.wanted));
    else if (met?.subject !== undefined && form.name === "") setForm({ ...form, ...formOf({ subject: met.subject, label: "", asset: "", location: undefined }) });
  }, [met]);
  const current = entries.entries.find(({ kid }) => kid === finished);
  const next = (): void => {
    cable.close();
    setForm(EMPTY);
  };
  const registrar = districtsOf(session.oneself, "registrar");
  const desks = registrar.includes("city") ? ["city"] : registrar;
  // What one district's devices are told is not for another's.
  const inDistrict = (slug: string): void => {
    choose(slug);
    setSite(undefined);
  };
  return (
    <Frame realm={useRealm()}>
      <div class="provision" data-session={session.state}>
        <div class="intro">
          <h1>{texts.title}</h1>
          <p>{texts.lead}</p>
        </div>
        {current === undefined ? (
          <>
            <Settings session={session} site={site} district={district} onDistrict={inDistrict} onSite={setSite} />
            <Place form={form} fixed={asked || cable.running !== undefined} onForm={setForm} />
            <Device cable={cable} kind={form.kind} wanted={wantedOf(form)} ready={site !== undefined && entries.journal !== undefined} />
          </>
        ) : (
          <Finished entry={current} entries={entries} session={session.state} site={site} onNext={next} />
        )}
        <KeptList entries={entries} session={session.state} finished={finished} />
        {session.state === "in" && desks.map((slug) => <RegistrarPart key={slug} district={slug} />)}
      </div>
    </Frame>
  );
}
