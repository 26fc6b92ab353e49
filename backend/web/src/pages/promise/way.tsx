/** The lines about readings on their way, and about those that were refused. */

import type { ComponentChildren } from "preact";
import { isReason, worstFirst } from "../../api/reasons.ts";
import { ago, count } from "../../format/time.ts";
import { useClock } from "../../hooks/clock.ts";
import { useTexts } from "../../hooks/language.tsx";
import { alarmTexts } from "../../texts/alarms.ts";
import { promiseTexts } from "../../texts/promise.ts";
import { Chip, Row } from "./row.tsx";
import type { BackendWaiting, DevicesWaiting, GatewayWaiting, GatewaysWaiting, Promised, RefusedLine, Verdict } from "./types.ts";

interface PlaceProps {
  readonly name: string;
  readonly verdict: Verdict;
  readonly title: string;
  readonly figure: string;
  /** Where the figure comes from. */
  readonly path: string;
  readonly children: ComponentChildren;
}

function Place({ name, verdict, title, figure, path, children }: PlaceProps) {
  return (
    <section class="promise-place" data-place={name} data-verdict={verdict}>
      <h3>
        {title} <Chip verdict={verdict} />
      </h3>
      <p class="promise-figure">
        <a href={path}>{figure}</a>
      </p>
      {children}
    </section>
  );
}

function Devices({ line }: { readonly line: DevicesWaiting }) {
  const { language } = useTexts();
  const texts = promiseTexts[language];
  const parts = ([["silent", line.silent], ["neverReported", line.never], ["behind", line.behind]] as const).filter(([, number]) => number > 0);
  const fine = line.devices === 0 ? texts.noDevices : texts.devicesInTime(line.devices, count(line.devices, language));
  const says = { silent: texts.silent, neverReported: texts.neverReported, behind: texts.behind };
  const figure = line.verdict === "holds" ? texts.noneOverdue : texts.unknownNumber;
  return (
    <Place path="/api/v1/alarms" name="devices" verdict={line.verdict} title={texts.devices} figure={figure}>
      <p>{parts.length === 0 ? fine : parts.map(([name, number]) => says[name](number, count(number, language))).join(" ")}</p>
    </Place>
  );
}

function Gateway({ gateway }: { readonly gateway: GatewayWaiting }) {
  const { language } = useTexts();
  const alarms = alarmTexts[language];
  const now = useClock();
  const says = worstFirst(gateway.reasons).map((name) => (isReason(name) ? alarms.reasons[name] : alarms.otherReason(name)));
  return (
    <li data-gateway={gateway.subject}>
      <span class="promise-name">
        <a href={gateway.proof}>{alarms.gateway(gateway.subject.replace(/^gateway\//, ""))}</a>
      </span>
      {gateway.since !== null && <span class="quiet">{alarms.noticed(ago(gateway.since, now, language))}</span>}
      <span class="promise-trouble">{says.length === 0 ? promiseTexts[language].unheard : says.join(" ")}</span>
    </li>
  );
}

function Gateways({ line }: { readonly line: GatewaysWaiting }) {
  const { language } = useTexts();
  const texts = promiseTexts[language];
  const number = (value: number): string => count(value, language);
  const sum = texts.readings(line.waiting, number(line.waiting));
  const figure = line.unsaid === 0 ? sum : line.unsaid === line.gateways ? texts.unknownNumber : texts.atLeast(sum);
  const rest = line.needing_count - line.needing.length;
  return (
    <Place path="/api/v1/alarms" name="gateways" verdict={line.verdict} title={texts.gateways} figure={line.gateways === 0 ? texts.unknownNumber : figure}>
      <p>
        {line.gateways === 0
          ? texts.noGateways
          : line.unsaid === 0
            ? texts.gatewaysSay(line.gateways, number(line.gateways))
            : texts.unsaid(line.unsaid, number(line.unsaid))}
      </p>
      {line.needing.length > 0 && (
        <ul>
          {line.needing.map((gateway) => (
            <Gateway key={gateway.kid} gateway={gateway} />
          ))}
          {rest > 0 && <li class="quiet">{texts.more(rest, number(rest))}</li>}
        </ul>
      )}
    </Place>
  );
}

function Backend({ line }: { readonly line: BackendWaiting }) {
  const { language } = useTexts();
  const texts = promiseTexts[language];
  const now = useClock();
  return (
    <Place path="/log/checkpoint" name="backend" verdict={line.verdict} title={texts.backend} figure={texts.readings(line.records, count(line.records, language))}>
      <p>
        {line.entries === 0 || line.since === null
          ? texts.published
          : texts.unpublished(line.entries, count(line.entries, language), ago(line.since, now, language))}
      </p>
    </Place>
  );
}

export function Waiting({ waiting, verdict }: { readonly waiting: Promised["waiting"]; readonly verdict: Verdict }) {
  const { language } = useTexts();
  return (
    <Row name="waiting" verdict={verdict} title={promiseTexts[language].waiting}>
      <div class="promise-places">
        <Devices line={waiting.devices} />
        <Gateways line={waiting.gateways} />
        <Backend line={waiting.backend} />
      </div>
    </Row>
  );
}

export function Refused({ line }: { readonly line: RefusedLine }) {
  const { language } = useTexts();
  const texts = promiseTexts[language];
  const number = (value: number): string => count(value, language);
  return (
    <Row name="refused" verdict={line.verdict} title={texts.refused} figure={number(line.recent)}>
      <p>
        {texts.recently(line.recent, number(line.recent))} <span class="quiet">· {texts.inAll(number(line.total))}</span>
      </p>
      {line.total === 0 && <p class="quiet">{texts.noneRefused}</p>}
      {line.reasons.length > 0 && (
        <ul>
          {line.reasons.map(({ reason, total, recent, entry }) => (
            <li key={reason} data-reason={reason} data-recent={recent}>
              <span class="promise-name">{texts.reasons[reason] ?? <code>{reason}</code>}</span>
              <span>{number(recent)}</span>
              <span class="quiet">
                {texts.inAll(number(total))}
                {entry !== null && (
                  <>
                    {" · "}
                    <a href={`/entry?index=${entry}`}>{texts.entry(String(entry))}</a>
                  </>
                )}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Row>
  );
}
