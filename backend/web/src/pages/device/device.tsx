/** The page of one device, for city staff: where it is, what it measures, what is missing, what became of it. */

import { useCallback } from "preact/hooks";
import { fetchSubject } from "../../api/client.ts";
import type { Device } from "../../api/types.ts";
import { Fact } from "../../components/fact.tsx";
import { Files } from "../../components/files.tsx";
import { Frame, Notice, SimulatedMark } from "../../components/frame.tsx";
import { ProofButton } from "../../components/checkdialog.tsx";
import { ago } from "../../format/time.ts";
import { placeName } from "../../format/value.ts";
import { useClock } from "../../hooks/clock.ts";
import { useTexts } from "../../hooks/language.tsx";
import { useRealm } from "../../hooks/realm.ts";
import { deviceTexts } from "../../texts/device.ts";
import { Charts } from "./charts.tsx";
import { Lifeline, Settings } from "./lifeline.tsx";
import { Numbers } from "./numbers.tsx";
import { subjectAt } from "./span.ts";
import { fetchAccount, fetchLife, fetchSettings, useDevice, useLoaded } from "./useDevice.ts";
import type { Who } from "./who.ts";

const DEGREES = 5; // a metre

function Head({ device, who }: { readonly device: Device; readonly who: Who }) {
  const { common, language } = useTexts();
  const texts = deviceTexts[language];
  const now = useClock();
  const { latest, location, page, subject, label } = device;
  const name = placeName(subject, common);
  return (
    <section class="card device-head" data-panel="device" data-subject={subject} data-seq={latest?.seq}>
      <div class="device-title">
        <h1>{name}</h1>
        {device.simulated && <SimulatedMark />}
      </div>
      {label !== null && <p class="place">{label}</p>}
      <dl class="facts">
        <Fact name={texts.newest}>
          {latest === null ? (
            common.noReading
          ) : (
            <>
              {ago(latest.time ?? latest.received, now, language)} · {texts.number(String(latest.seq))}{" "}
              <ProofButton subject={who.subjectAt(latest.log_index)} reading={latest} of={texts.newest} />
            </>
          )}
        </Fact>
        <Fact name={texts.enrolment}>
          <a href={`/entry?index=${device.enrolled_at_index}`}>{texts.entry(String(device.enrolled_at_index))}</a>
        </Fact>
        {location !== null && (
          <Fact name={texts.where}>
            <a href="/map">{`${location.latitude.toFixed(DEGREES)}, ${location.longitude.toFixed(DEGREES)}`}</a>
          </Fact>
        )}
        <Fact name={texts.key}>
          <code>{device.kid}</code>
        </Fact>
      </dl>
      {page !== null && (
        <p>
          <a href={page}>{texts.citizensPage(name)}</a>
        </p>
      )}
      <Files path={`/api/v1/devices/${device.kid}/readings`} of={texts.readings} />
    </section>
  );
}

function Content({ device, beat }: { readonly device: Device; readonly beat: number }) {
  const { kid, subject } = device;
  const key = `${kid} ${beat}`;
  const life = useLoaded(() => fetchLife(kid), key);
  const account = useLoaded(() => fetchAccount(kid), key);
  const settings = useLoaded(() => fetchSettings(kid), key);
  const known = life.found.state === "ready" ? life.found.value : undefined;
  const at = useCallback((index: number) => (known === undefined ? subject : subjectAt(known, index, subject)), [known, subject]);
  const who: Who = { kid, subjectAt: at };
  return (
    <>
      <Head device={device} who={who} />
      <Charts who={who} device={device} life={life.found} beat={beat} />
      <div class="device-parts">
        <Numbers found={account.found} who={who} />
        <Settings found={settings.found} who={who} />
        <Lifeline found={life.found} who={who} />
      </div>
    </>
  );
}

/** The page of the device that is at a place now. */
export function SubjectPage({ kind, name }: { readonly kind: string; readonly name: string }) {
  const { common, language } = useTexts();
  const { found, again } = useLoaded(() => fetchSubject(kind, name), `${kind}/${name}`);
  if (found.state === "ready" && found.value.kid !== null) return <DevicePage kid={found.value.kid} />;
  return (
    <Frame realm={undefined}>
      {found.state === "loading" && <Notice kind="loading" title={common.loading} />}
      {(found.state === "ready" || (found.state === "error" && found.status === 404)) && (
        <Notice kind="empty" title={common.notFound} hint={deviceTexts[language].unknownDevice} />
      )}
      {found.state === "error" && found.status !== 404 && (
        <Notice kind="error" title={common.unreachable} hint={found.detail}>
          <button type="button" class="plain" onClick={again}>
            {common.retry}
          </button>
        </Notice>
      )}
    </Frame>
  );
}

export function DevicePage({ kid }: { readonly kid: string }) {
  const { common, language } = useTexts();
  const texts = deviceTexts[language];
  const realm = useRealm();
  const { device, reload, beat } = useDevice(kid);
  return (
    <Frame realm={realm}>
      <p class="back">
        <a href="/map">← {common.map}</a>
      </p>
      {device.state === "loading" && <Notice kind="loading" title={common.loading} />}
      {device.state === "ready" && <Content device={device.value} beat={beat} />}
      {device.state === "error" && (device.status === 404 || device.status === 422) && (
        <Notice kind="empty" title={common.notFound} hint={texts.unknownDevice} />
      )}
      {device.state === "error" && device.status !== 404 && device.status !== 422 && (
        <Notice kind="error" title={common.unreachable} hint={device.detail}>
          <button type="button" class="plain" onClick={reload}>
            {common.retry}
          </button>
        </Notice>
      )}
    </Frame>
  );
}
