/** What needs somebody now: gateways, and devices that are silent though their gateway is online; one calm line if nothing does. */

import type { ComponentChildren } from "preact";
import type { Device } from "../../api/types.ts";
import { Files } from "../../components/files.tsx";
import { inOrder } from "../../api/reasons.ts";
import { ago, count } from "../../format/time.ts";
import { useClock } from "../../hooks/clock.ts";
import { useTexts } from "../../hooks/language.tsx";
import { alarmTexts } from "../../texts/alarms.ts";
import { GatewayRow, SilentRow } from "./alarmrows.tsx";
import type { AlarmsState, KnownAlarms } from "./useAlarms.ts";

/** Gateways, and devices, that are shown before somebody asks for all: more would push the readings off a phone. */
const SHOWN = 3;

interface SomeProps {
  readonly rows: readonly ComponentChildren[];
  /** Of them all, also of those that have no row. */
  readonly all: number;
  readonly children?: ComponentChildren;
}

/** The first rows, and the others folded away. */
function Some({ rows, all, children }: SomeProps) {
  const { language } = useTexts();
  const rest = all - SHOWN;
  return (
    <>
      <ul>{rows.slice(0, SHOWN)}</ul>
      {rest > 0 && (
        <details>
          <summary>{alarmTexts[language].more(rest, count(rest, language))}</summary>
          <ul>{rows.slice(SHOWN)}</ul>
          {children}
        </details>
      )}
    </>
  );
}

type Known = { readonly devices: readonly Device[] } & KnownAlarms;

function Silent({ alarms: { silent, silent_count: all }, devices }: Known) {
  const { language } = useTexts();
  const texts = alarmTexts[language];
  const byKid = new Map(devices.map((device) => [device.kid, device]));
  const rows = silent.map((item) => <SilentRow key={item.kid} silent={item} device={byKid.get(item.kid)} />);
  return (
    <section data-alarms="silent" data-count={all}>
      <h3>
        {texts.silent} <span class="quiet">{count(all, language)}</span>
      </h3>
      <p class="quiet">{texts.silentLead}</p>
      <Some rows={rows} all={all}>
        {all > silent.length && <p class="note">{texts.unnamed(silent.length, count(silent.length, language))}</p>}
      </Some>
    </section>
  );
}

function Gateways({ alarms: { gateways } }: Known) {
  const { language } = useTexts();
  return (
    <section data-alarms="gateways" data-count={gateways.length}>
      <h3>
        {alarmTexts[language].gateways} <span class="quiet">{count(gateways.length, language)}</span>
      </h3>
      <Some rows={inOrder(gateways).map((alarm) => <GatewayRow key={alarm.kid} alarm={alarm} />)} all={gateways.length} />
    </section>
  );
}

/** What is shown may be over. */
function Stale({ at }: { readonly at: number }) {
  const { language } = useTexts();
  return (
    <p class="note" data-stale>
      {alarmTexts[language].stale(ago(at, useClock(), language))}
    </p>
  );
}

/** Nothing is wrong, or nobody can say. */
function Line({ state }: { readonly state: AlarmsState }) {
  const { language } = useTexts();
  const texts = alarmTexts[language];
  const calm = typeof state === "object" && state.fresh;
  return (
    <div class={calm ? "alarm-line calm" : "alarm-line"} data-panel="alarms" data-count={calm ? 0 : undefined}>
      <p role="status">{typeof state === "object" ? texts.calm : state === undefined ? texts.loading : texts.unavailable}</p>
      {typeof state === "object" && !state.fresh && <Stale at={state.at} />}
    </div>
  );
}

function Card(props: Known) {
  const { language } = useTexts();
  const { at, fresh, alarms } = props;
  const { gateways, silent_count: silent } = alarms;
  return (
    <section class="card watch alarms" data-panel="alarms" data-count={gateways.length + silent}>
      <h2>{alarmTexts[language].heading}</h2>
      <div class="watch-parts">
        {gateways.length > 0 && <Gateways {...props} />}
        {silent > 0 && <Silent {...props} />}
      </div>
      {!fresh && <Stale at={at} />}
      <Files path="/api/v1/alarms" of={alarmTexts[language].heading} />
    </section>
  );
}

export function AlarmPanel({ state, devices }: { readonly state: AlarmsState; readonly devices: readonly Device[] }) {
  const { language } = useTexts();
  const number = typeof state === "object" ? state.alarms.gateways.length + state.alarms.silent_count : 0;
  const heard = number === 0 ? "" : `${alarmTexts[language].heading}: ${count(number, language)}`;
  return (
    <>
      {/* Read out when the number changes, and not with every age on the card. */}
      <p class="unseen" role="status">
        {heard}
      </p>
      {typeof state === "object" && number > 0 ? <Card {...state} devices={devices} /> : <Line state={state} />}
    </>
  );
}
