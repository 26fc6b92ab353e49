/** Step 3: the device at the cable, its self-test as it goes, and what stops it. */

import { useState } from "preact/hooks";
import { useTexts } from "../../hooks/language.tsx";
import { type Calibration, UNCALIBRATED } from "../../provision/crew.ts";
import type { Wanted } from "../../provision/entry.ts";
import { canConnect } from "../../serial/port.ts";
import { provisionTexts } from "../../texts/provision.ts";
import type { Cable, Part, Trouble } from "./useCable.ts";

const GOOD = ["shown", "joined", "reached", "not-set"];
/** What a crew can calibrate with its hands empty. */
const POINTS: Readonly<Record<string, readonly string[]>> = { bin: ["fill:empty", "weight:tare", "tilt:mounted"], tree: ["soil:dry", "tilt:mounted"] };

function Result({ part, found }: Part) {
  const { language } = useTexts();
  const texts = provisionTexts[language];
  const faults = typeof found === "string" ? {} : found.faults;
  const bad = typeof found === "string" ? !GOOD.includes(found) : Object.values(faults).some((flag) => flag !== UNCALIBRATED);
  const said = Object.entries(faults).map(([name, flag]) => `${name}: ${flag === UNCALIBRATED ? texts.uncalibrated : flag}`);
  const values = typeof found === "string" ? [found] : Object.entries(found.values).map(([name, value]) => `${name} ${String(value)}`);
  return (
    <li data-part={part} data-result={bad ? "bad" : "good"}>
      <span class={bad ? "bad" : "good"}>
        <span aria-hidden="true">{bad ? "✗ " : "✓ "}</span>
        {bad ? texts.bad : texts.good}
      </span>
      <strong>{part}</strong>
      <span class="says">{[...values, ...said].join(", ")}</span>
    </li>
  );
}

function TroubleNote({ trouble, onStartOver }: { readonly trouble: Trouble; readonly onStartOver: () => void }) {
  const { common, language } = useTexts();
  const texts = provisionTexts[language];
  const says = trouble.problem === "port" ? texts.portProblem : trouble.problem === "city" ? common.unreachable : texts.problem[trouble.problem];
  return (
    <div class="trouble" role="alert" data-problem={trouble.problem}>
      <p>{says}</p>
      <p class="says">{trouble.detail}</p>
      {trouble.problem === "other-realm" && (
        <button type="button" class="plain" data-action="start-over" onClick={onStartOver}>
          {texts.startOver}
        </button>
      )}
    </div>
  );
}

interface Props {
  readonly cable: Cable;
  readonly kind: string;
  readonly wanted: Wanted | undefined;
  readonly ready: boolean;
}

function Calibrations({ kind, chosen, onChosen }: { readonly kind: string; readonly chosen: readonly string[]; readonly onChosen: (points: readonly string[]) => void }) {
  const { language } = useTexts();
  const texts = provisionTexts[language];
  return (
    <fieldset class="field">
      <legend>{texts.calibrate}</legend>
      {POINTS[kind]?.map((point) => (
        <label key={point} class="tick">
          <input type="checkbox" data-point={point} checked={chosen.includes(point)} onChange={({ currentTarget }) => onChosen(currentTarget.checked ? [...chosen, point] : chosen.filter((one) => one !== point))} />
          {texts.points[point]}
        </label>
      ))}
    </fieldset>
  );
}

export function Device({ cable, kind, wanted, ready }: Props) {
  const { language } = useTexts();
  const texts = provisionTexts[language];
  const { met, running, parts, trouble } = cable;
  const [points, setPoints] = useState<readonly string[]>([]);
  const run = (allowed: boolean): void => {
    const calibrations = points.map((point): Calibration => ({ sensor: point.split(":")[0] ?? "", point: point.split(":")[1] ?? "" }));
    if (wanted !== undefined) cable.run(wanted, calibrations, allowed);
  };
  const busy = running !== undefined;
  return (
    <section class="card provision-step" data-step="device" data-running={running} data-kid={met?.identity.kid}>
      <h2>{texts.device}</h2>
      <p class="quiet">{texts.deviceHint}</p>
      {!canConnect() && (
        <p class="trouble" data-problem="no-cable">
          {texts.noCable}
        </p>
      )}
      {met === undefined ? (
        <p class="downloads">
          <button type="button" data-action="connect" disabled={!ready || !canConnect() || busy} onClick={() => cable.connect()}>
            {running === "connect" ? texts.connecting : texts.connect}
          </button>
        </p>
      ) : (
        <>
          <p role="status">
            <code>{met.identity.kid}</code> · {texts.there(met.identity.model, met.identity.version)}
          </p>
          {met.entry !== undefined && <p class="note" data-resumed={met.entry.state}>{texts.resumed(met.entry.wanted.subject)}</p>}
          {!busy && <Calibrations kind={kind} chosen={points} onChosen={setPoints} />}
          <p class="downloads">
            <button type="button" data-action="run" disabled={busy || wanted === undefined} onClick={() => run(false)}>
              {trouble === undefined ? texts.run : texts.again}
            </button>
            {trouble?.problem === "faulty" && (
              <button type="button" class="plain" data-action="allow" disabled={busy} onClick={() => run(true)}>
                {texts.allow}
              </button>
            )}
            <button type="button" class="plain" data-action="disconnect" disabled={busy} onClick={cable.close}>
              {texts.disconnect}
            </button>
          </p>
        </>
      )}
      {(!ready || (met !== undefined && wanted === undefined)) && <p class="note">{texts.missing}</p>}
      {running !== undefined && running !== "connect" && (
        <p role="status" class="provision-running">
          <span class="spinner" aria-hidden="true" /> {texts.running[running]}
        </p>
      )}
      {running === "test" && <p class="note">{texts.look}</p>}
      {parts.length > 0 && (
        <>
          <h3>{texts.selfTest}</h3>
          <ul class="provision-test" aria-live="polite">
            {parts.map(({ part, found }) => (
              <Result key={part} part={part} found={found} />
            ))}
          </ul>
        </>
      )}
      {trouble !== undefined && <TroubleNote trouble={trouble} onStartOver={() => cable.connect(true)} />}
    </section>
  );
}
