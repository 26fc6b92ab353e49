/** One device on the live page: its newest reading, its proof, and checking it on the spot. */

import { useState } from "preact/hooks";
import type { Device, Reading } from "../../api/types.ts";
import { CheckDialog } from "../../components/checkdialog.tsx";
import { SimulatedMark } from "../../components/frame.tsx";
import { Level } from "../../components/level.tsx";
import { Quantity } from "../../components/values.tsx";
import { ago } from "../../format/time.ts";
import { kindName, mainName, nameOf, rank, shareOf } from "../../format/value.ts";
import { useTexts } from "../../hooks/language.tsx";
import { liveTexts } from "../../texts/live.ts";

function Actions({ device, reading }: { readonly device: Device; readonly reading: Reading }) {
  const { common, check, language } = useTexts();
  const [asked, setAsked] = useState<Reading | undefined>();
  const [verifiedSeq, setVerifiedSeq] = useState<number | undefined>();
  const verified = verifiedSeq === reading.seq;
  return (
    <div class="actions">
      <button
        type="button"
        class={verified ? "plain done" : "plain"}
        data-action="verify"
        data-verified={verified}
        onClick={() => setAsked(reading)}
      >
        {verified ? `✓ ${check.verifiedShort}` : check.verify}
      </button>
      <a href={reading.proof} download data-action="proof">
        {common.downloadProof}
      </a>
      <a href={`/devices/${device.kid}`} data-action="device">
        {liveTexts[language].course}
        <span class="unseen"> {device.subject}</span>
      </a>
      {asked !== undefined && (
        <CheckDialog
          subject={device.subject}
          reading={asked}
          onVerified={() => setVerifiedSeq(asked.seq)}
          onClose={() => setAsked(undefined)}
        />
      )}
    </div>
  );
}

function Newest({ device, reading }: { readonly device: Device; readonly reading: Reading }) {
  const { common } = useTexts();
  const name = mainName(device.kind);
  const main = reading.values.find((value) => value.name === name) ?? reading.values[0];
  const rest = reading.values.filter((value) => value !== main && rank(value) >= 0);
  return (
    <>
      {main !== undefined && (
        <p class="card-main">
          <Quantity value={main} /> <span class="quiet">{nameOf(main, common)}</span>
        </p>
      )}
      <p class="card-rest">
        {rest.map((value) => (
          <span key={value.name}>
            <span class="quiet">{nameOf(value, common)}</span> <Quantity value={value} />
          </span>
        ))}
      </p>
    </>
  );
}

interface DeviceCardProps {
  readonly device: Device;
  /** The newest reading with the value that is shown large, if the newest of all has none. */
  readonly level: Reading | undefined;
  readonly now: number;
}

export function DeviceCard({ device, level, now }: DeviceCardProps) {
  const { common, language } = useTexts();
  const latest = level ?? device.latest;
  const title = `${kindName(device.kind, common)} ${device.name}`;
  return (
    <li class="device" data-device={device.kid} data-subject={device.subject} data-seq={device.latest?.seq}>
      <Level kind={device.kind} share={latest === null ? undefined : shareOf(latest.values, mainName(device.kind))} />
      <div class="device-body">
        <p class="device-name">
          {device.page === null ? <span>{title}</span> : <a href={device.page}>{title}</a>}
          {device.simulated && <SimulatedMark />}
        </p>
        {device.label !== null && <p class="quiet device-label">{device.label}</p>}
        {latest === null ? <p class="quiet">{common.noReading}</p> : <Newest device={device} reading={latest} />}
        {latest !== null && (
          <p class="quiet age">
            {ago(latest.time ?? latest.received, now, language)}
            {!latest.published && ` · ${liveTexts[language].notPublished}`}
          </p>
        )}
        {latest !== null && <Actions device={device} reading={latest} />}
      </div>
    </li>
  );
}
