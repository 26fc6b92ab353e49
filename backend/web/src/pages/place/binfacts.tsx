/** What goes into a bin, and when it was last emptied: both readings that show it can be checked. */

import type { BinProperties, Reading, Subject } from "../../api/types.ts";
import { ProofButton } from "../../components/checkdialog.tsx";
import { Fact } from "../../components/fact.tsx";
import { ago, moment } from "../../format/time.ts";
import { show } from "../../format/value.ts";
import { useClock } from "../../hooks/clock.ts";
import { useTexts } from "../../hooks/language.tsx";
import { binTexts } from "../../texts/bin.ts";
import type { PlaceState } from "./current.ts";
import { FromInventory } from "./inventory.tsx";

function Accepted({ properties }: { readonly properties: BinProperties }) {
  const { language } = useTexts();
  const names = binTexts[language].wastes as Readonly<Record<string, string>>;
  return (
    <ul class="wastes">
      {properties.accepts.map((waste) => (
        <li key={waste} data-waste={waste}>
          {names[waste] ?? waste}
        </li>
      ))}
    </ul>
  );
}

/** ISO text: of the first reading after it, by the device's clock, or where that was not set, the gateway's. */
function timeOf({ time, after }: NonNullable<PlaceState["emptied"]>): string {
  return time ?? after.received;
}

function Emptied({ device, emptied }: { readonly device: Subject; readonly emptied: NonNullable<PlaceState["emptied"]> }) {
  const { common, language } = useTexts();
  const texts = binTexts[language];
  const now = useClock();
  const level = ({ values }: Reading): string => {
    const value = values.find(({ name }) => name === "fill");
    if (value === undefined) return "?";
    const { number, unit } = show(value, common);
    return `${number}${unit}`;
  };
  return (
    <>
      <span title={moment(timeOf(emptied), language)}>{ago(timeOf(emptied), now, language)}</span>
      <span class="quiet"> · {texts.fell(level(emptied.before), level(emptied.after))}</span>{" "}
      <ProofButton subject={device.subject} reading={emptied.after} of={texts.emptied} />
    </>
  );
}

export function BinFacts({ device, emptied }: { readonly device: Subject; readonly emptied: PlaceState["emptied"] }) {
  const { language } = useTexts();
  const texts = binTexts[language];
  const { properties, inventory } = device;
  const taken = properties?.kind === "bin" && properties.accepts.length > 0 ? properties : undefined;
  if (taken === undefined && emptied === null) return null;
  return (
    <dl class="facts wide-facts">
      {emptied !== null && (
        <Fact name={texts.emptied}>
          <span data-emptied={timeOf(emptied)}>
            <Emptied device={device} emptied={emptied} />
          </span>
        </Fact>
      )}
      {taken !== undefined && (
        <Fact name={texts.goesIn}>
          <Accepted properties={taken} />
          <FromInventory inventory={inventory} />
        </Fact>
      )}
    </dl>
  );
}
