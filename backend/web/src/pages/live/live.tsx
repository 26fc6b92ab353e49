/** Live page: the log's state, the alarms, and every bin and tree with its newest reading. */

import { useState } from "preact/hooks";
import type { City, Device } from "../../api/types.ts";
import { Files } from "../../components/files.tsx";
import { Frame, Notice } from "../../components/frame.tsx";
import { ago, count } from "../../format/time.ts";
import { useClock } from "../../hooks/clock.ts";
import { useTexts } from "../../hooks/language.tsx";
import { alarmTexts } from "../../texts/alarms.ts";
import { type LiveTexts, liveTexts } from "../../texts/live.ts";
import { outsideTexts } from "../../texts/outside.ts";
import { AlarmPanel } from "./alarms.tsx";
import { DeviceCard } from "./card.tsx";
import { useAlarms } from "./useAlarms.ts";
import { type Levels, useLevels } from "./useLevels.ts";
import { useLive } from "./useLive.ts";
import type { OutsideState } from "./useOutside.ts";
import { Watch } from "./watch.tsx";

const KINDS = ["bin", "tree", "other"] as const;
type Kind = (typeof KINDS)[number];

function kindOf(device: Device): Kind {
  return device.kind === "bin" || device.kind === "tree" ? device.kind : "other";
}

function titleOf(kind: Kind, texts: LiveTexts): string {
  return { bin: texts.bins, tree: texts.trees, other: texts.others }[kind];
}

/** Names in their natural order: 2 before 12. */
function byName(a: Device, b: Device): number {
  return a.name.localeCompare(b.name, "en", { numeric: true });
}

function matches(device: Device, query: string): boolean {
  const words = query.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const text = `${device.subject} ${device.name} ${device.label ?? ""}`.toLocaleLowerCase();
  return words.every((word) => text.includes(word));
}

interface LogStateProps {
  readonly city: City;
  readonly outside: OutsideState;
  readonly connected: boolean;
}

function LogState({ city, outside, connected }: LogStateProps) {
  const { language } = useTexts();
  const texts = liveTexts[language];
  const now = useClock();
  const { log, counts } = city;
  // Each number with what it is the number of: entries of the log, or who was refused and why.
  const facts = [
    [texts.devices, count(counts.devices, language), "/api/v1/entries?kind=enrolment"],
    [alarmTexts[language].gateways, count(counts.gateways, language), "/promise"],
    [texts.records, count(counts.records, language), "/api/v1/entries?kind=batch"],
    [texts.logSize, count(log.size, language), "/log/checkpoint"],
    [texts.checkpoint, log.checkpoint_time === null ? texts.never : ago(log.checkpoint_time, now, language), "/api/v1/checkpoints?limit=1"],
    ...(counts.rejected > 0 ? [[texts.rejected, count(counts.rejected, language), "/promise"] as const] : []),
  ] as const;
  return (
    <div class="log-state" data-log-size={log.size}>
      <p class={connected ? "connection on" : "connection"} role="status" data-connected={connected}>
        {connected ? texts.connected : texts.reconnecting}
      </p>
      <dl>
        {facts.map(([name, value, path]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <a href={path} data-evidence>
                {value}
              </a>
            </dd>
          </div>
        ))}
        {typeof outside === "object" && (
          <div>
            <dt>{outsideTexts[language].witnesses}</dt>
            <dd>
              <a href="#watch" data-seen>
                {outside.witnesses.length === 0
                  ? outsideTexts[language].none
                  : outsideTexts[language].ratio(outside.newest?.cosigned.length ?? 0, outside.witnesses.length)}
              </a>
            </dd>
          </div>
        )}
      </dl>
    </div>
  );
}

interface FilterProps {
  readonly query: string;
  readonly onQuery: (query: string) => void;
  readonly kind: Kind | "all";
  readonly onKind: (kind: Kind | "all") => void;
  readonly kinds: readonly Kind[];
}

function Filter({ query, onQuery, kind, onKind, kinds }: FilterProps) {
  const { language } = useTexts();
  const texts = liveTexts[language];
  return (
    <div class="filter">
      <label class="search">
        <span class="unseen">{texts.search}</span>
        <input
          type="search"
          value={query}
          placeholder={`${texts.search}: ${texts.searchHint}`}
          onInput={(event) => onQuery(event.currentTarget.value)}
        />
      </label>
      {kinds.length > 1 && (
        <div class="segments" role="group">
          {(["all", ...kinds] as const).map((item) => (
            <button key={item} type="button" aria-pressed={kind === item} data-kind={item} onClick={() => onKind(item)}>
              {item === "all" ? texts.all : titleOf(item, texts)}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

interface GroupProps {
  readonly kind: Kind;
  readonly devices: readonly Device[];
  readonly levels: Levels;
  readonly now: number;
}

function Group({ kind, devices, levels, now }: GroupProps) {
  const { language } = useTexts();
  if (devices.length === 0) return null;
  return (
    <section class="group" data-group={kind}>
      <h2>
        {titleOf(kind, liveTexts[language])} <span class="quiet">{devices.length}</span>
      </h2>
      <ul class="grid">
        {[...devices].sort(byName).map((device) => (
          <DeviceCard key={device.kid} device={device} level={levels.get(device.kid)} now={now} />
        ))}
      </ul>
    </section>
  );
}

function Devices({ devices }: { readonly devices: readonly Device[] }) {
  const { language } = useTexts();
  const texts = liveTexts[language];
  const now = useClock();
  const levels = useLevels(devices);
  const [query, setQuery] = useState("");
  const [kind, setKind] = useState<Kind | "all">("all");
  if (devices.length === 0) return <Notice kind="empty" title={texts.noDevices} hint={texts.noDevicesHint} />;
  const found = devices.filter((device) => matches(device, query) && (kind === "all" || kindOf(device) === kind));
  const kinds = KINDS.filter((item) => devices.some((device) => kindOf(device) === item));
  return (
    <>
      <Filter query={query} onQuery={setQuery} kind={kind} onKind={setKind} kinds={kinds} />
      {found.length === 0 && <Notice kind="empty" title={texts.nothingFound} />}
      {kinds.map((item) => (
        <Group key={item} kind={item} devices={found.filter((device) => kindOf(device) === item)} levels={levels} now={now} />
      ))}
    </>
  );
}

export function LivePage() {
  const { common, language } = useTexts();
  const texts = liveTexts[language];
  const { live, outside, connected, reload } = useLive();
  const alarms = useAlarms(connected);
  return (
    <Frame realm={live.state === "ready" ? live.city.realm : undefined}>
      <div class="intro">
        <h1>{texts.title}</h1>
        <p>{texts.lead}</p>
      </div>
      {live.state === "loading" && <Notice kind="loading" title={common.loading} />}
      {live.state === "error" && (
        <Notice kind="error" title={common.unreachable} hint={live.detail}>
          <button type="button" class="plain" onClick={reload}>
            {common.retry}
          </button>
        </Notice>
      )}
      {live.state === "ready" && (
        <>
          <LogState city={live.city} outside={outside} connected={connected} />
          <AlarmPanel state={alarms} devices={live.devices} />
          <Devices devices={live.devices} />
          <Files path="/api/v1/devices" of={texts.devices} />
          <Watch outside={outside} />
        </>
      )}
    </Frame>
  );
}
