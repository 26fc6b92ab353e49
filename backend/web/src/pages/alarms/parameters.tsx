/** What a rule of each kind asks for. */

import { useTexts } from "../../hooks/language.tsx";
import { Choice, NumberField } from "../../staff/parts.tsx";
import { alarmRuleTexts } from "../../texts/alarmrules.ts";
import { measurement } from "./describe.ts";
import { FLAGS, MEASUREMENTS, REFUSALS } from "./starts.ts";
import type { Parameters, Rule } from "./types.ts";

const MINUTE = 60;

interface Props {
  readonly rule: Rule;
  readonly onRule: (rule: Rule) => void;
}

function Measured({ rule, put }: { readonly rule: Rule; readonly put: (change: Parameters) => void }) {
  const { common, language } = useTexts();
  const names = [...new Set([...MEASUREMENTS, rule.parameters.name ?? "fill"])];
  const options = Object.fromEntries(names.map((name) => [name, measurement(name, common)]));
  return <Choice label={alarmRuleTexts[language].measurement} name="measurement" value={rule.parameters.name ?? "fill"} options={options} onValue={(name) => put({ name })} />;
}

interface TicksProps {
  readonly legend: string;
  readonly offered: readonly string[];
  readonly chosen: readonly string[];
  readonly names: Readonly<Record<string, string>>;
  readonly onChosen: (chosen: readonly string[]) => void;
}

/** Any of these; what a program chose besides is kept. */
function Ticks({ legend, offered, chosen, names, onChosen }: TicksProps) {
  return (
    <fieldset class="ticks">
      <legend>{legend}</legend>
      {[...new Set([...offered, ...chosen])].map((one) => (
        <label key={one} class="tick">
          <input type="checkbox" data-flag={one} checked={chosen.includes(one)} onChange={(event) => onChosen(event.currentTarget.checked ? [...chosen, one] : chosen.filter((other) => other !== one))} />
          {names[one] ?? one}
        </label>
      ))}
    </fieldset>
  );
}

export function ParameterFields({ rule, onRule }: Props) {
  const { language } = useTexts();
  const texts = alarmRuleTexts[language];
  const given = rule.parameters;
  const put = (change: Parameters): void => onRule({ ...rule, parameters: { ...given, ...change } });
  switch (rule.kind) {
    case "threshold":
      return (
        <div class="fields">
          <Measured rule={rule} put={put} />
          <Choice label={texts.side} name="side" value={given.side ?? "above"} options={texts.sides} onValue={(side) => put({ side, begin: given.end ?? 0, end: given.begin ?? 0 })} />
          <NumberField label={texts.begin} name="begin" value={given.begin ?? 0} hint={texts.beginHint} onValue={(begin) => put({ begin })} />
          <NumberField label={texts.end} name="end" value={given.end ?? 0} hint={texts.endHint} onValue={(end) => put({ end })} />
        </div>
      );
    case "rise":
      return (
        <div class="fields">
          <Measured rule={rule} put={put} />
          <Choice label={texts.direction} name="direction" value={given.direction ?? "up"} options={texts.directions} onValue={(direction) => put({ direction })} />
          <NumberField label={texts.change} name="change" min={0} value={given.change ?? 0} onValue={(change) => put({ change })} />
          <NumberField label={texts.windowMinutes} name="window" min={0} value={(given.window_seconds ?? 0) / MINUTE} onValue={(minutes) => put({ window_seconds: Math.round(minutes * MINUTE) })} />
        </div>
      );
    case "flag":
      return (
        <Ticks legend={texts.whichFlags} offered={FLAGS} chosen={given.flags ?? []} names={texts.flags} onChosen={(flags) => put({ flags })} />
      );
    case "lost":
      return <NumberField label={texts.least} name="least" min={1} value={given.least ?? 1} hint={texts.lostHint} onValue={(least) => put({ least })} />;
    case "refused":
      return (
        <div>
          <div class="fields">
            <NumberField label={texts.refusedCount} name="least" min={1} value={given.least ?? 1} hint={texts.refusedHint} onValue={(least) => put({ least })} />
            <NumberField label={texts.windowMinutes} name="window" min={1} value={(given.window_seconds ?? 0) / MINUTE} onValue={(minutes) => put({ window_seconds: Math.round(minutes * MINUTE) })} />
          </div>
          <Ticks legend={texts.whichRefusals} offered={REFUSALS} chosen={given.reasons ?? []} names={texts.refusals} onChosen={(reasons) => put({ reasons })} />
        </div>
      );
    case "checkpoint":
    case "anchor":
      return <NumberField label={texts.ageMinutes} name="age" min={1} value={(given.age_seconds ?? 0) / MINUTE} onValue={(minutes) => put({ age_seconds: Math.round(minutes * MINUTE) })} />;
    default:
      return <p class="quiet">{rule.kind === "gateway" ? texts.gatewayAny : texts.sentences[rule.kind]}</p>;
  }
}
