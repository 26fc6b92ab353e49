/** What happened at a place: visits, and what its devices said, newest first. */

import { adviceOnAlarm } from "../../crew/advice.ts";
import { visitPhoto } from "../../crew/api.ts";
import type { Sheet, SheetEvent, Visit } from "../../crew/types.ts";
import { moment } from "../../format/time.ts";
import { useTexts } from "../../hooks/language.tsx";
import { type CrewTexts, crewTexts } from "../../texts/crew.ts";
import { type FaultTexts, faultTexts } from "../../texts/faults.ts";
import { reportTexts } from "../../texts/report.ts";
import { VisitWords } from "./visitview.tsx";

interface VisitRowProps {
  readonly visit: Visit;
  readonly district: string;
  readonly onChange: ((visit: Visit) => void) | undefined;
}

function VisitRow({ visit, district, onChange }: VisitRowProps) {
  const { language } = useTexts();
  const texts = crewTexts[language];
  const when = moment(visit.made ?? visit.received, language);
  return (
    <li data-visit={visit.id}>
      <p class="quiet">
        {when} · {visit.mine ? texts.you : texts.by(visit.author)} {visit.versions > 1 && `· ${texts.changed}`}
      </p>
      <VisitWords said={visit} />
      {visit.photos.length > 0 && (
        <p class="thumbs">
          {visit.photos.map((photo, index) => (
            <a key={photo} href={visitPhoto(district, visit.id, photo)}>
              <img src={visitPhoto(district, visit.id, photo)} alt={texts.photoAlt(index + 1)} loading="lazy" />
            </a>
          ))}
        </p>
      )}
      {visit.mine && onChange !== undefined && (
        <button type="button" class="plain" data-action="change-visit" onClick={() => onChange(visit)}>
          {texts.change}
        </button>
      )}
    </li>
  );
}

interface Names {
  readonly texts: CrewTexts;
  readonly faults: FaultTexts;
  readonly measurements: Readonly<Record<string, string>>;
  readonly problems: Readonly<Record<string, string>>;
}

function nameOf({ what, name }: SheetEvent, { texts, faults, measurements, problems }: Names): string {
  if (what === "device") return texts.device(name);
  if (what === "report") return texts.reportCame(problems[name] ?? name);
  if (what === "report-mended") return texts.reportMended(problems[name] ?? name);
  if (what === "alarm" || what === "alarm-over") {
    const alarm = adviceOnAlarm(name, faults).name;
    return what === "alarm" ? texts.alarmBegan(alarm) : texts.alarmOver(alarm);
  }
  const [sensor = ""] = name.split(":");
  const part = measurements[sensor] ?? faults.sensors[sensor] ?? sensor;
  return what === "fault" ? texts.faultBegan(part) : texts.faultOver(part);
}

function EventRow({ event }: { readonly event: SheetEvent }) {
  const { language, common } = useTexts();
  const texts = crewTexts[language];
  const { measurements } = common;
  const names = { texts, faults: faultTexts[language], measurements, problems: reportTexts[language].problems };
  return (
    <li data-event={event.what} data-name={event.name}>
      <p>
        {nameOf(event, names)}{" "}
        {event.proof !== null && (
          <a href={event.proof} download>
            {texts.proof}
          </a>
        )}
      </p>
      {event.time !== null && <p class="quiet">{moment(event.time, language)}</p>}
    </li>
  );
}

type Line = { readonly at: string; readonly visit: Visit } | { readonly at: string; readonly event: SheetEvent };

/** By the clocks of phones and devices, which is when people were there. */
function linesOf({ visits, events }: Sheet): readonly Line[] {
  const lines: readonly Line[] = [
    ...visits.map((visit) => ({ at: visit.made ?? visit.received, visit })),
    ...events.map((event) => ({ at: event.time ?? "", event })),
  ];
  return [...lines].sort((a, b) => b.at.localeCompare(a.at));
}

export function History({ sheet, district, onChange }: { readonly sheet: Sheet } & Pick<VisitRowProps, "district" | "onChange">) {
  const { language } = useTexts();
  const texts = crewTexts[language];
  const lines = linesOf(sheet);
  return (
    <section class="card crew-history" data-panel="history">
      <h2>{texts.history}</h2>
      {lines.length === 0 && <p class="quiet">{texts.noHistory}</p>}
      <ol>
        {lines.map((line, index) =>
          "visit" in line ? (
            <VisitRow key={line.visit.id} visit={line.visit} district={district} onChange={onChange} />
          ) : (
            <EventRow key={`${line.event.what}${line.event.name}${index}`} event={line.event} />
          ),
        )}
      </ol>
    </section>
  );
}
