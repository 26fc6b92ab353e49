/** The other values of a place: each with its age, and with the check of the reading that has it. */

import type { Current, Device } from "../../api/types.ts";
import { ProofButton } from "../../components/checkdialog.tsx";
import { Folded } from "../../components/panel.tsx";
import { Quantity } from "../../components/values.tsx";
import { ago } from "../../format/time.ts";
import { nameOf, rank } from "../../format/value.ts";
import { useClock } from "../../hooks/clock.ts";
import { useTexts } from "../../hooks/language.tsx";
import { placeTexts } from "../../texts/place.ts";

function Row({ device, value }: { readonly device: Device; readonly value: Current }) {
  const { common, language } = useTexts();
  const now = useClock();
  const name = nameOf(value, common);
  return (
    <li data-line={value.name}>
      <span class="line-name">
        {name}
        <small>{ago(value.reading.time ?? value.reading.received, now, language)}</small>
      </span>
      <span class="line-value">
        <Quantity value={value} />
      </span>
      <ProofButton subject={device.subject} reading={value.reading} of={name} />
    </li>
  );
}

function Lines({ device, values }: { readonly device: Device; readonly values: readonly Current[] }) {
  return (
    <ul class="lines">
      {values.map((value) => (
        <Row key={value.name} device={device} value={value} />
      ))}
    </ul>
  );
}

export function OtherValues({ device, values }: { readonly device: Device; readonly values: readonly Current[] }) {
  const { language } = useTexts();
  const texts = placeTexts[language];
  const people = values.filter((value) => rank(value) >= 0).sort((a, b) => rank(a) - rank(b));
  const technical = values.filter((value) => rank(value) < 0).sort((a, b) => (a.name < b.name ? -1 : 1));
  return (
    <>
      {people.length > 0 && (
        <>
          <h2>{texts.otherReadings}</h2>
          <Lines device={device} values={people} />
        </>
      )}
      {technical.length > 0 && (
        <div class="technical">
          <Folded title={texts.technical} hint={String(technical.length)}>
            <Lines device={device} values={technical} />
          </Folded>
        </div>
      )}
    </>
  );
}
