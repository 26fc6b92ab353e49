/** Open alarms, those without a rule, and those that are over. */

import { useState } from "preact/hooks";
import { Files } from "../../components/files.tsx";
import { Notice } from "../../components/frame.tsx";
import { count } from "../../format/time.ts";
import { useTexts } from "../../hooks/language.tsx";
import { Trouble } from "../../staff/parts.tsx";
import { useDeed } from "../../staff/useDeed.ts";
import { alarmRuleTexts } from "../../texts/alarmrules.ts";
import { GatewayRow, SilentRow } from "../live/alarmrows.tsx";
import { fetchAlarmList } from "./api.ts";
import { AlarmRow } from "./row.tsx";
import { type AlarmItem, type AlarmList, SEVERITIES } from "./types.ts";
import { useAlarmList } from "./useAlarmList.ts";

const SHOWN_SILENT = 20;

const pathOf = (district: string, state: "open" | "over"): string => `/api/v1/districts/${encodeURIComponent(district)}/alarms?state=${state}`;

/** What is urgent comes first, and what nobody has seen; otherwise the newest. */
function worstFirst(items: readonly AlarmItem[]): readonly AlarmItem[] {
  const rank = ({ severity, acknowledged }: AlarmItem): number => 2 * SEVERITIES.indexOf(severity) + (acknowledged === null ? 0 : 1);
  return [...items].sort((one, other) => rank(one) - rank(other));
}

/** Gateways and silent devices that no rule has told already. */
function Unruled({ list: { items, unruled } }: { readonly list: AlarmList }) {
  const { language } = useTexts();
  const texts = alarmRuleTexts[language];
  const told = new Set(items.map(({ kind, kid }) => `${kind} ${kid}`));
  const gateways = unruled.gateways.filter(({ kid }) => !told.has(`gateway ${kid}`));
  const silent = unruled.silent.filter(({ kid }) => !told.has(`silence ${kid}`));
  if (gateways.length + silent.length === 0) return null;
  return (
    <section class="card alarms staff-list" data-alarms="unruled" data-count={gateways.length + silent.length}>
      <h2>{texts.unruled}</h2>
      <p class="quiet">{texts.unruledLead}</p>
      <ul>
        {gateways.map((alarm) => (
          <GatewayRow key={alarm.kid} alarm={alarm} />
        ))}
        {silent.slice(0, SHOWN_SILENT).map((item) => (
          <SilentRow key={item.kid} silent={item} device={undefined} />
        ))}
      </ul>
      {unruled.silent_count > SHOWN_SILENT && <p class="quiet">{texts.silentAll(count(unruled.silent_count, language))}</p>}
    </section>
  );
}

function Over({ district }: { readonly district: string }) {
  const { language } = useTexts();
  const texts = alarmRuleTexts[language];
  const [items, setItems] = useState<readonly AlarmItem[]>([]);
  const [next, setNext] = useState<string | null>();
  const { running, trouble, run } = useDeed();
  const more = (): void =>
    run(async () => {
      const page = await fetchAlarmList(district, "over", next ?? null);
      setItems((before) => [...before, ...page.items]);
      setNext(page.next);
    });
  return (
    <details class="card staff-list over" onToggle={(event) => event.currentTarget.open && next === undefined && !running && more()}>
      <summary>{texts.over}</summary>
      {next !== undefined && items.length === 0 && <p class="quiet">{texts.noneOver}</p>}
      <ul data-alarms="over">
        {items.map((item) => (
          <AlarmRow key={item.id} alarm={item} tends={false} district={district} />
        ))}
      </ul>
      <Files path={pathOf(district, "over")} of={texts.over} />
      <Trouble text={trouble} />
      {typeof next === "string" && (
        <button type="button" class="plain" disabled={running} data-action="more" onClick={more}>
          {texts.more}
        </button>
      )}
    </details>
  );
}

export function AlarmLists({ district, tends }: { readonly district: string; readonly tends: boolean }) {
  const { common, language } = useTexts();
  const texts = alarmRuleTexts[language];
  const { list, fresh, connected, reload } = useAlarmList(district);
  if (list === undefined) {
    return fresh ? (
      <Notice kind="loading" title={common.loading} />
    ) : (
      <Notice kind="error" title={common.unreachable}>
        <button type="button" class="plain" onClick={() => void reload()}>
          {common.retry}
        </button>
      </Notice>
    );
  }
  return (
    <div class="staff" data-connected={connected}>
      {!fresh && (
        <p class="trouble" role="status" data-stale>
          {texts.stale}
        </p>
      )}
      <section class="card staff-list" data-alarms="open" data-count={list.open}>
        <h2>
          {texts.openAlarms} <span class="quiet">{count(list.open, language)}</span>
        </h2>
        {list.items.length === 0 && <p class="calm">{texts.calm}</p>}
        <ul>
          {worstFirst(list.items).map((item) => (
            <AlarmRow key={item.id} alarm={item} tends={tends} district={district} onDone={reload} />
          ))}
        </ul>
        {list.next !== null && <p class="quiet">{texts.newest(count(list.items.length, language))}</p>}
        <Files path={pathOf(district, "open")} of={texts.openAlarms} />
      </section>
      <Unruled list={list} />
      <Over key={list.open} district={district} />
    </div>
  );
}
