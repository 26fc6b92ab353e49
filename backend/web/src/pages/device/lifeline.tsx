/** The history of the device, newest first, and its settings; each line with what shows it. */

import type { ComponentChildren } from "preact";
import { moment } from "../../format/time.ts";
import { useTexts } from "../../hooks/language.tsx";
import { deviceTexts } from "../../texts/device.ts";
import { CheckNumber } from "./evidence.tsx";
import type { Life, LifeEvent, Said, Settings as Both } from "./types.ts";
import type { Loaded } from "./useDevice.ts";
import type { Who } from "./who.ts";

function Event({ event, who }: { readonly event: LifeEvent; readonly who: Who }) {
  const { language } = useTexts();
  const texts = deviceTexts[language];
  const { what, time, clock, text, other, seq, log_index: index } = event;
  const says = what === "alarm" && text === "" ? texts.calm : texts.events[what];
  return (
    <li data-event={what} data-seq={seq ?? undefined}>
      <span class="life-time quiet">{time === null ? "" : moment(time, language)}</span>
      <span class="life-says">
        <strong>{says}</strong>
        {text !== null && text !== "" && <span> {text}</span>}
        {other !== null && (
          <a href={`/devices/${other}`}>
            {" "}
            <code>{other}</code>
          </a>
        )}
        {clock === "device" && <span class="quiet"> {texts.itsClock}</span>}
      </span>
      <span class="life-proof">
        {seq === null ? <a href={`/entry?index=${index}`}>{texts.entry(String(index))}</a> : <CheckNumber who={who} seq={seq} />}
      </span>
    </li>
  );
}

export function Lifeline({ found, who }: { readonly found: Loaded<Life>; readonly who: Who }) {
  const { language, common } = useTexts();
  const texts = deviceTexts[language];
  return (
    <section class="card" data-panel="life" data-state={found.state}>
      <h2>{texts.life}</h2>
      <p class="quiet">{texts.lifeLead}</p>
      {found.state === "loading" && <p class="quiet">{common.loading}</p>}
      {found.state === "error" && <p role="alert">{common.unreachable}</p>}
      {found.state === "ready" && (
        <ol class="life" reversed>
          {found.value.events.map((event) => (
            <Event key={`${event.log_index} ${event.seq} ${event.what}`} event={event} who={who} />
          ))}
        </ol>
      )}
    </section>
  );
}

function Line({ name, said, who, children }: { readonly name: string; readonly said: Said | null; readonly who: Who; readonly children: ComponentChildren }) {
  const { language } = useTexts();
  return (
    <tr data-reported={name}>
      <th scope="row">{name}</th>
      <td>{said === null ? <span class="quiet">{deviceTexts[language].notSaid}</span> : children}</td>
      <td>{said !== null && <CheckNumber who={who} seq={said.seq} />}</td>
    </tr>
  );
}

export function Settings({ found, who }: { readonly found: Loaded<Both>; readonly who: Who }) {
  const { language, common } = useTexts();
  const texts = deviceTexts[language];
  if (found.state !== "ready") {
    return (
      <section class="card" data-panel="settings" data-state={found.state}>
        <h2>{texts.settings}</h2>
        <p class="quiet">{found.state === "loading" ? common.loading : common.unreachable}</p>
      </section>
    );
  }
  const { desired, reported } = found.value;
  return (
    <section class="card" data-panel="settings" data-state="ready" data-version={desired?.version ?? "none"}>
      <h2>{texts.settings}</h2>
      <h3>{texts.desired}</h3>
      {desired === null ? (
        <p class="quiet">{texts.notConfigured}</p>
      ) : (
        <>
          <p>
            {texts.version(String(desired.version))} · <a href={`/entry?index=${desired.log_index}`}>{texts.entry(String(desired.log_index))}</a>
          </p>
          <table class="settings">
            <tbody>
              {Object.entries(desired.settings).map(([name, value]) => (
                <tr key={name} data-setting={name}>
                  <th scope="row">
                    <code>{name}</code>
                  </th>
                  <td>{value}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
      <h3>{texts.reported}</h3>
      <table class="settings">
        <tbody>
          <Line name={texts.software} said={reported.software} who={who}>
            {reported.software?.text}
          </Line>
          <Line name={texts.promised} said={reported.promised} who={who}>
            {texts.seconds(reported.promised?.text ?? "")}
          </Line>
          {Object.entries(reported.calibrations).map(([name, said]) => (
            <Line key={name} name={name} said={said} who={who}>
              {said.text}
            </Line>
          ))}
        </tbody>
      </table>
      <p class="note">{texts.settingsNote}</p>
    </section>
  );
}
