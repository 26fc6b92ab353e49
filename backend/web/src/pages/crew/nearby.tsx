/** What needs somebody, nearest first. */

import { useEffect, useState } from "preact/hooks";
import { Notice } from "../../components/frame.tsx";
import { adviceOnAlarm } from "../../crew/advice.ts";
import { fetchSheet, fetchWork } from "../../crew/api.ts";
import { NEEDS, type Need, type Work, type WorkPage } from "../../crew/types.ts";
import { distance } from "../../format/distance.ts";
import { ago } from "../../format/time.ts";
import { placeName } from "../../format/value.ts";
import { useClock } from "../../hooks/clock.ts";
import { useTexts } from "../../hooks/language.tsx";
import { crewTexts } from "../../texts/crew.ts";
import { faultTexts } from "../../texts/faults.ts";
import type { Crew } from "./crew.tsx";
import { useKeptAnswer } from "./useKeptAnswer.ts";
import { type Spot, Where, useSpot } from "./where.tsx";

/** Sheets that are fetched with the list, so that they are there in a cellar: those that one walks to. */
const KEPT_SHEETS = 12;

function Row({ work }: { readonly work: Work }) {
  const { language, common } = useTexts();
  const texts = crewTexts[language];
  const faults = faultTexts[language];
  const names = work.faults.map(({ sensor }) => common.measurements[sensor] ?? faults.sensors[sensor] ?? sensor);
  return (
    <li data-work={work.subject}>
      <a href={`#${work.subject}`}>
        <strong>{placeName(work.subject, common)}</strong>
        <span class="quiet">{work.distance_m === null ? texts.noPlace : distance(work.distance_m, language)}</span>
        {work.label !== null && <span class="work-label">{work.label}</span>}
        <span class="work-signs">
          {work.alarms.map((alarm) => (
            <span key={alarm} class="sign bad" data-sign="alarm">
              {adviceOnAlarm(alarm, faults).name}
            </span>
          ))}
          {[...new Set(names)].map((name) => (
            <span key={name} class="sign warn" data-sign="fault">
              {name}
            </span>
          ))}
          {work.silent_since !== null && (
            <span class="sign warn" data-sign="silent">
              {texts.silent}
            </span>
          )}
          {work.reports > 0 && (
            <span class="sign" data-sign="report">
              {texts.needs.report} {work.reports > 1 && work.reports}
            </span>
          )}
        </span>
      </a>
    </li>
  );
}

function Filter({ need, onNeed }: { readonly need: Need | null; readonly onNeed: (need: Need | null) => void }) {
  const { language } = useTexts();
  const texts = crewTexts[language];
  return (
    <div class="segments crew-filter" role="group" aria-label={texts.filter}>
      {[null, ...NEEDS].map((each) => (
        <button key={each} type="button" aria-pressed={need === each} data-need={each ?? "all"} onClick={() => onNeed(each)}>
          {each === null ? texts.all : texts.needs[each]}
        </button>
      ))}
    </div>
  );
}

/** Keeps the sheets of what is nearest, one after another; it stops where there is no network. */
async function keepSheets({ store, district }: Crew, work: readonly Work[], signal: AbortSignal): Promise<void> {
  for (const { subject } of work.slice(0, KEPT_SHEETS)) {
    if (signal.aborted) return;
    const { status, body } = await fetchSheet(district, subject);
    if (status === 0 || status === 401) return;
    if (body !== undefined && status === 200) await store.keep(`sheet/${district}/${subject}`, body, Date.now());
  }
}

interface ListProps {
  readonly crew: Crew;
  readonly spot: Spot;
  readonly need: Need | null;
}

/** The first page is kept; those that follow it are fetched as they are asked for. */
function List({ crew, spot, need }: ListProps) {
  const { language, common } = useTexts();
  const texts = crewTexts[language];
  const now = useClock();
  const needs = need === null ? NEEDS : [need];
  const key = `work/${crew.district}/${need ?? "all"}`;
  const fetch = (cursor: string | null): ReturnType<typeof fetchWork> => fetchWork(crew.district, spot.point, needs, cursor);
  const { value, at, fresh, status, reload } = useKeptAnswer<WorkPage>(crew.store, key, () => fetch(null), crew.onSignedOut);
  const [further, setFurther] = useState<{ readonly work: readonly Work[]; readonly next: string | null } | undefined>();
  useEffect(() => {
    if (!fresh || value === undefined) return undefined;
    const abort = new AbortController();
    void keepSheets(crew, value.work, abort.signal);
    return () => abort.abort();
  }, [fresh, value]);
  if (value === undefined && status === undefined) return <Notice kind="loading" title={common.loading} />;
  if (value === undefined) {
    return (
      <Notice kind="error" title={common.unreachable}>
        <button type="button" class="plain" onClick={reload}>
          {common.retry}
        </button>
      </Notice>
    );
  }
  const next = further === undefined ? value.next : further.next;
  const shown = [...value.work, ...(further?.work ?? [])];
  const more = async (): Promise<void> => {
    const { body, status: answered } = await fetch(next);
    if (answered === 200 && body !== undefined) setFurther({ work: [...(further?.work ?? []), ...body.work], next: body.next });
  };
  return (
    <>
      {!fresh && status !== undefined && at !== undefined && (
        <p class="kept" role="status" data-kept-list>
          {texts.keptList(ago(at, now, language))}
        </p>
      )}
      {shown.length === 0 ? (
        <Notice kind="empty" title={texts.nothing} hint={texts.nothingHint} />
      ) : (
        <ul class="work" data-fresh={fresh}>
          {shown.map((work) => (
            <Row key={work.subject} work={work} />
          ))}
        </ul>
      )}
      {next !== null && fresh && (
        <button type="button" class="plain" data-action="more" onClick={() => void more()}>
          {texts.more}
        </button>
      )}
    </>
  );
}

export function Nearby({ crew, round }: { readonly crew: Crew; readonly round: number }) {
  const { language } = useTexts();
  const texts = crewTexts[language];
  const { spot, choose } = useSpot(crew.store);
  const [need, setNeed] = useState<Need | null>(null);
  return (
    <>
      <h1>{texts.title}</h1>
      <Where spot={spot} onSpot={choose} />
      {spot === undefined && <Notice kind="empty" title={texts.choosePlace} hint={texts.choosePlaceHint} />}
      {spot !== undefined && (
        <>
          <Filter need={need} onNeed={setNeed} />
          <List key={[crew.district, need, round, spot.point.latitude, spot.point.longitude].join()} crew={crew} spot={spot} need={need} />
        </>
      )}
    </>
  );
}
