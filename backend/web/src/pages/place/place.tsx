/** Page of a bin or tree: how full or moist it is, and the proof, checked here. */

import { codeOf } from "../../api/client.ts";
import type { Device, Measured, Subject } from "../../api/types.ts";
import { Files } from "../../components/files.tsx";
import { FileCheck } from "../../components/filecheck.tsx";
import { Frame, Notice } from "../../components/frame.tsx";
import { LateVerdict } from "../../components/lateverdict.tsx";
import { mainName } from "../../format/value.ts";
import { type Check, useCheck } from "../../hooks/check.ts";
import { useTexts } from "../../hooks/language.tsx";
import { useRealm } from "../../hooks/realm.ts";
import { placeTexts } from "../../texts/place.ts";
import { Care } from "./care.tsx";
import { Completeness } from "./completeness.tsx";
import { Courses } from "./courses.tsx";
import { type PlaceState, usePlaceState } from "./current.ts";
import { Headline, PlainHeadline, isNearlyFull } from "./headline.tsx";
import { Nearest } from "./nearest.tsx";
import { OnRecord } from "./onrecord.tsx";
import { Report } from "./report.tsx";
import { usePlace } from "./usePlace.ts";

interface PlaceProps {
  readonly kind: "bin" | "tree";
  readonly name: string;
}

function CheckSection({ check }: { readonly check: Check }) {
  const texts = useTexts();
  return (
    <section id="check" class="card" data-panel="latest">
      <h2>{texts.check.heading}</h2>
      <p class="quiet">{texts.check.lead}</p>
      <LateVerdict
        outcome={check.outcome}
        waiting={check.waiting}
        asked
        onAgain={check.again}
        onTrustNewRoots={check.trustNewRoots}
      />
      {check.reading !== undefined && (
        <p class="downloads">
          <a class="button" href={check.reading.proof} download data-action="download-proof">
            {texts.common.downloadProof}
          </a>
          <a class="button plain" href="/proves">
            {texts.common.proves}
          </a>
        </p>
      )}
    </section>
  );
}

function Label({ device }: { readonly device: Device }) {
  const { language } = useTexts();
  const texts = placeTexts[language];
  return (
    <section class="card label">
      <img src={codeOf(device.kid)} alt="" width="112" height="112" loading="lazy" />
      <div>
        <h2>{texts.label}</h2>
        <p class="quiet">{texts.labelHint}</p>
      </div>
    </section>
  );
}

/** What the verified enrolment says counts; before that, what the server says. */
function Simulated({ device, check }: { readonly device: Device; readonly check: Check }) {
  const { common } = useTexts();
  const verified = check.outcome?.state === "verified" ? check.outcome.proof.device : undefined;
  if (!(verified ?? device).simulated) return null;
  return (
    <p class="banner" data-banner="simulated" data-source={verified === undefined ? "server" : "proof"}>
      <strong>{common.simulated}.</strong> {common.simulatedHint}
    </p>
  );
}

/** Whether something measures at a place. */
function isMeasured(subject: Subject): subject is Measured {
  return subject.kid !== null;
}

function MeasuredContent({ device, state }: { readonly device: Measured; readonly state: PlaceState }) {
  const { common, language } = useTexts();
  // The reading that has what the page shows large; another only until that is known.
  const check = useCheck(device.subject, state.values.get(mainName(device.kind))?.reading ?? device.latest);
  return (
    <>
      <Simulated device={device} check={check} />
      <div class="columns">
        <div class="column first">
          <Headline device={device} state={state} check={check} />
          {device.kind === "bin" && <Nearest device={device} full={isNearlyFull(state.values)} />}
        </div>
        <div class="column beside">
          {device.latest === null ? <Notice kind="empty" title={common.noReading} /> : <CheckSection check={check} />}
          <Courses device={device} />
          {device.kind === "tree" && <Care tree={device} />}
        </div>
        <div class="column">
          <Report device={device} />
          <Completeness device={device} />
          <OnRecord device={device} />
          <FileCheck subject={device.subject} />
          <Label device={device} />
          <p class="for-staff">
            <a href={`/devices/${device.kid}`} data-action="device">
              {placeTexts[language].device}
            </a>
          </p>
          <Files path={`/api/v1/subjects/${device.subject}/readings`} of={placeTexts[language].device} />
        </div>
      </div>
    </>
  );
}

function Content({ subject, state }: { readonly subject: Subject; readonly state: PlaceState }) {
  if (isMeasured(subject)) return <MeasuredContent device={subject} state={state} />;
  return (
    <div class="columns">
      <div class="column first">
        <PlainHeadline subject={subject} />
        {subject.kind === "bin" && <Nearest device={subject} full={false} />}
      </div>
      <div class="column">
        {subject.kind === "tree" && <Care tree={subject} />}
        <Report device={subject} />
        <OnRecord device={subject} />
      </div>
    </div>
  );
}

export function PlacePage({ kind, name }: PlaceProps) {
  const { common, language } = useTexts();
  const { device, reload } = usePlace(kind, name);
  const state = usePlaceState(kind, name, device.state === "ready" ? device.value.latest : null);
  const realm = useRealm();
  return (
    <Frame realm={realm}>
      <p class="back">
        <a href="/">← {common.overview}</a>
      </p>
      {device.state === "loading" && <Notice kind="loading" title={common.loading} />}
      {device.state === "ready" && <Content subject={device.value} state={state} />}
      {device.state === "error" && device.status === 404 && (
        <Notice kind="empty" title={common.notFound} hint={placeTexts[language].unknownPlace} />
      )}
      {device.state === "error" && device.status !== 404 && (
        <Notice kind="error" title={common.unreachable} hint={device.detail}>
          <button type="button" class="plain" onClick={reload}>
            {common.retry}
          </button>
        </Notice>
      )}
    </Frame>
  );
}
