/** The other values of a place: each with its age, and with the check of the reading that has it. */

import type { Current, Device } from "../../api/types.ts";
import { ProofButton } from "../../components/checkdialog.tsx";
import { Quantity } from "../../components/values.tsx";
import { ago } from "../../format/time.ts";
import { nameOf } from "../../format/value.ts";
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

export function OtherValues({ device, values }: { readonly device: Device; readonly values: readonly Current[] }) {
  const { language } = useTexts();
  if (values.length === 0) return null;
  return (
    <>
      <h2>{placeTexts[language].otherReadings}</h2>
      <ul class="lines">
        {values.map((value) => (
          <Row key={value.name} device={device} value={value} />
        ))}
      </ul>
    </>
  );
}
