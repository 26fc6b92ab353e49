/** What the device says is wrong, in plain words and with what to check, and what citizens reported. */

import type { ComponentChildren } from "preact";
import { adviceOnAlarm, adviceOnFault } from "../../crew/advice.ts";
import { reportPhoto } from "../../crew/api.ts";
import type { OpenReport, Sheet } from "../../crew/types.ts";
import { ago, moment } from "../../format/time.ts";
import { useClock } from "../../hooks/clock.ts";
import { useTexts } from "../../hooks/language.tsx";
import { crewTexts } from "../../texts/crew.ts";
import { type Advice, faultTexts } from "../../texts/faults.ts";
import { reportTexts } from "../../texts/report.ts";

interface ItemProps {
  readonly name: string;
  readonly advice: Advice;
  readonly bad?: boolean;
  readonly flag: string;
  readonly children?: ComponentChildren;
}

function Item({ name, advice, bad, flag, children }: ItemProps) {
  const { language } = useTexts();
  const texts = crewTexts[language];
  return (
    <li class={bad === true ? "bad" : ""} data-wrong={flag}>
      <h3>{name}</h3>
      <p>
        {advice.says} {children}
      </p>
      <p class="check">
        <strong>{texts.check}</strong> {advice.check}
      </p>
    </li>
  );
}

function Report({ report, district }: { readonly report: OpenReport; readonly district: string }) {
  const { language } = useTexts();
  const texts = crewTexts[language];
  const problems: Readonly<Record<string, string>> = reportTexts[language].problems;
  return (
    <li data-open-report={report.id}>
      <h3>{problems[report.category] ?? report.category}</h3>
      {report.text !== "" && <p class="words">{report.text}</p>}
      <p class="quiet">{moment(report.received, language)}</p>
      {report.has_photo && <img src={reportPhoto(district, report.id)} alt={texts.reportPhoto} loading="lazy" />}
    </li>
  );
}

export function Wrong({ sheet, district }: { readonly sheet: Sheet; readonly district: string }) {
  const { language, common } = useTexts();
  const texts = crewTexts[language];
  const faults = faultTexts[language];
  const now = useClock();
  const well = sheet.faults.length === 0 && sheet.alarms.length === 0 && sheet.silent_since === null;
  return (
    <>
      <section class="card crew-wrong" data-panel="wrong" hidden={well && sheet.kid === null}>
        <h2>{texts.wrong}</h2>
        {well && <p class="quiet">{texts.allWell}</p>}
        <ul>
          {sheet.alarms.map((alarm) => {
            const { name, ...advice } = adviceOnAlarm(alarm, faults);
            return <Item key={alarm} name={name} advice={advice} bad flag={alarm} />;
          })}
          {sheet.silent_since !== null && (
            <Item name={texts.silent} advice={faults.silent} flag="silent">
              ({texts.silentSince(ago(sheet.silent_since, now, language))})
            </Item>
          )}
          {sheet.faults.map(({ sensor, flag }) => (
            <Item
              key={`${sensor}:${flag}`}
              name={common.measurements[sensor] ?? faults.sensors[sensor] ?? sensor}
              advice={adviceOnFault({ sensor, flag }, faults)}
              flag={`${sensor}:${flag}`}
            />
          ))}
        </ul>
      </section>
      {sheet.reports.length > 0 && (
        <section class="card crew-wrong" data-panel="reports">
          <h2>{texts.reports}</h2>
          <ul>
            {sheet.reports.map((report) => (
              <Report key={report.id} report={report} district={district} />
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
