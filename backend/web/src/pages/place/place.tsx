/** Page of a bin or tree: how full or moist it is, and the proof, checked here. */

import { codeOf } from "../../api/client.ts";
import type { Device } from "../../api/types.ts";
import { Chart } from "../../components/chart.tsx";
import { FileCheck } from "../../components/filecheck.tsx";
import { Frame, Notice } from "../../components/frame.tsx";
import { Verdict } from "../../components/verdict.tsx";
import { clock, day } from "../../format/time.ts";
import { nameOf } from "../../format/value.ts";
import { type Check, useCheck } from "../../hooks/check.ts";
import { useTexts } from "../../hooks/language.tsx";
import { placeTexts } from "../../texts/place.ts";
import { Completeness } from "./completeness.tsx";
import { Headline } from "./headline.tsx";
import { OnRecord } from "./onrecord.tsx";
import { useHistory, usePlace, useRealm } from "./usePlace.ts";

interface PlaceProps {
  readonly kind: "bin" | "tree";
  readonly name: string;
}

function CheckSection({ check }: { readonly check: Check }) {
  const texts = useTexts();
  return (
    <section class="card" data-panel="latest">
      <h2>{texts.check.heading}</h2>
      <p class="quiet">{texts.check.lead}</p>
      <Verdict
        outcome={check.outcome}
        waiting={check.waiting}
        asked
        onAgain={check.again}
        onTrustNewRoots={check.trustNewRoots}
      />
      {check.reading !== undefined && (
        <p>
          <a class="button plain" href={check.reading.proof} download data-action="download-proof">
            {texts.common.downloadProof}
          </a>
        </p>
      )}
    </section>
  );
}

function History({ device }: { readonly device: Device }) {
  const { language, common } = useTexts();
  const texts = placeTexts[language];
  const history = useHistory(device);
  const name = nameOf({ name: device.kind === "tree" ? "soil" : "fill", unit: "/", value: 0, text: "0" }, common);
  return (
    <section class="card" data-span={history?.span ?? "none"}>
      <h2>{history === undefined ? texts.history : texts.spans[history.span]}</h2>
      {history === undefined ? (
        <p class="quiet">{texts.noHistory}</p>
      ) : (
        <Chart
          points={history.points}
          label={`${name}, ${texts.spans[history.span]}`}
          tick={(time) => (history.span === "week" ? day(time, language) : clock(time, language))}
        />
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

function Content({ device }: { readonly device: Device }) {
  const { common } = useTexts();
  const check = useCheck(device.subject, device.latest);
  // What the verified enrolment says counts; before that, what the server says.
  const simulated = check.outcome?.state === "verified" ? check.outcome.proof.device.simulated : device.simulated;
  return (
    <>
      {simulated && (
        <p class="banner" data-banner="simulated" data-source={check.outcome?.state === "verified" ? "proof" : "server"}>
          <strong>{common.simulated}.</strong> {common.simulatedHint}
        </p>
      )}
      <div class="columns">
        <Headline device={device} check={check} />
        <div class="column beside">
          {device.latest === null ? <Notice kind="empty" title={common.noReading} /> : <CheckSection check={check} />}
        </div>
        <div class="column">
          <Completeness device={device} />
          <History device={device} />
          <OnRecord device={device} />
          <FileCheck subject={device.subject} />
          <Label device={device} />
        </div>
      </div>
    </>
  );
}

export function PlacePage({ kind, name }: PlaceProps) {
  const { common, language } = useTexts();
  const { device, reload } = usePlace(kind, name);
  const realm = useRealm();
  return (
    <Frame realm={realm}>
      <p class="back">
        <a href="/">← {common.overview}</a>
      </p>
      {device.state === "loading" && <Notice kind="loading" title={common.loading} />}
      {device.state === "ready" && <Content device={device.value} />}
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
