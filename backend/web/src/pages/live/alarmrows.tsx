/** An alarm of a gateway, and a device that is silent, as rows of the live page's card. */

import type { Device, GatewayAlarm, SilentDevice } from "../../api/types.ts";
import { isReason, standingOf, worstFirst } from "../../api/reasons.ts";
import { ago, count } from "../../format/time.ts";
import { placeName } from "../../format/value.ts";
import { useClock } from "../../hooks/clock.ts";
import { useTexts } from "../../hooks/language.tsx";
import { type AlarmTexts, alarmTexts } from "../../texts/alarms.ts";

const KID_DIGITS = 8; // enough to tell the gateways of a city apart

function gatewayName({ kid, subject }: GatewayAlarm, texts: AlarmTexts): string {
  const [kind, name] = subject.split("/");
  if (kind === "gateway" && name) return texts.gateway(name);
  return subject || texts.gateway(kid.slice(0, KID_DIGITS));
}

export function GatewayRow({ alarm }: { readonly alarm: GatewayAlarm }) {
  const { language } = useTexts();
  const texts = alarmTexts[language];
  const now = useClock();
  const { kid, subject, reasons, behind, waiting, room, since } = alarm;
  const standing = standingOf(reasons);
  const facts = [
    texts.behind(behind, count(behind, language)),
    ...(waiting ? [texts.waiting(waiting, count(waiting, language))] : []),
    ...(room === null ? [] : [texts.room(room, count(room, language))]),
    texts.noticed(ago(since, now, language)),
  ];
  return (
    <li data-gateway={subject || kid} data-standing={standing}>
      <p class="watch-name">
        <span>{gatewayName(alarm, texts)}</span>
        <span class={`state state-${standing === "trouble" ? "open" : "bad"}`}>{texts.standings[standing]}</span>
      </p>
      {worstFirst(reasons).map((name) => (
        <p key={name} data-reason={name}>
          {isReason(name) ? texts.reasons[name] : texts.otherReason(name)}
        </p>
      ))}
      <p class="quiet facts" data-behind={behind}>
        {facts.map((fact) => (
          <span key={fact}>{fact}</span>
        ))}
      </p>
    </li>
  );
}

export function SilentRow({ silent, device }: { readonly silent: SilentDevice; readonly device: Device | undefined }) {
  const { common, language } = useTexts();
  const texts = alarmTexts[language];
  const now = useClock();
  const name = placeName(silent.subject, common);
  return (
    <li data-silent={silent.subject}>
      <p class="watch-name">
        {device?.page ? <a href={device.page}>{name}</a> : <span>{name}</span>}
        {silent.silent_since !== null && <span class="quiet due">{texts.due(ago(silent.silent_since, now, language))}</span>}
      </p>
      {device?.label && <p class="quiet">{device.label}</p>}
    </li>
  );
}
