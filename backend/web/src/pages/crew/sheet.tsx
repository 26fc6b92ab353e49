/** One place: how to get there, what is wrong and what to check, the visit, and what happened before. */

import { useEffect, useState } from "preact/hooks";
import { Notice, SimulatedMark } from "../../components/frame.tsx";
import { fetchSheet } from "../../crew/api.ts";
import { directionsTo } from "../../crew/directions.ts";
import type { Sheet, Visit } from "../../crew/types.ts";
import { ago } from "../../format/time.ts";
import { placeName } from "../../format/value.ts";
import { useClock } from "../../hooks/clock.ts";
import { useTexts } from "../../hooks/language.tsx";
import { crewTexts } from "../../texts/crew.ts";
import type { Crew } from "./crew.tsx";
import { History } from "./history.tsx";
import { useKeptAnswer } from "./useKeptAnswer.ts";
import { mayWrite } from "./useWho.ts";
import { VisitForm } from "./visitform.tsx";
import { Wrong } from "./wrong.tsx";

function Ways({ sheet }: { readonly sheet: Sheet }) {
  const { language, common } = useTexts();
  const texts = crewTexts[language];
  const label = sheet.label ?? placeName(sheet.subject, common);
  return (
    <p class="downloads">
      {sheet.location !== null && (
        <a class="button" href={directionsTo(sheet.location, label, navigator.userAgent)} rel="noreferrer" data-action="directions">
          {texts.directions}
        </a>
      )}
      {sheet.page !== null && (
        <a class="button plain" href={sheet.page}>
          {texts.page}
        </a>
      )}
    </p>
  );
}

function Head({ subject, sheet }: { readonly subject: string; readonly sheet: Sheet | undefined }) {
  const { language, common } = useTexts();
  const texts = crewTexts[language];
  const now = useClock();
  return (
    <section class="card crew-head">
      <h1>
        {placeName(subject, common)} {sheet?.simulated === true && <SimulatedMark />}
      </h1>
      {sheet !== undefined && (
        <>
          {sheet.label !== null && <p class="place">{sheet.label}</p>}
          <p class="quiet">{sheet.heard === null ? texts.neverHeard : texts.heard(ago(sheet.heard, now, language))}</p>
          <Ways sheet={sheet} />
        </>
      )}
    </section>
  );
}

interface MissingProps {
  readonly status: number | undefined;
}

/** Why there is no sheet. */
function Missing({ status }: MissingProps) {
  const { language, common } = useTexts();
  const texts = crewTexts[language];
  if (status === undefined) return <Notice kind="loading" title={common.loading} />;
  if (status === 404) return <Notice kind="empty" title={texts.unknownPlace} hint={texts.otherDistrict} />;
  return <Notice kind="empty" title={texts.notKept} hint={texts.notKeptHint} />;
}

interface Props {
  readonly crew: Crew;
  readonly subject: string;
  /** Rises when something came to the city. */
  readonly round: number;
}

export function SheetPage({ crew, subject, round }: Props) {
  const { language, common } = useTexts();
  const texts = crewTexts[language];
  const now = useClock();
  const { store, district } = crew;
  const { value, at, fresh, status, reload } = useKeptAnswer<Sheet>(store, `sheet/${district}/${subject}`, () => fetchSheet(district, subject), crew.onSignedOut);
  const [changing, setChanging] = useState<Visit | undefined>();
  const [saved, setSaved] = useState<string | undefined>();
  useEffect(() => {
    if (round > 0) reload();
  }, [round]);
  const named = value?.subject ?? subject;
  const unknown = status === 404 && value === undefined;
  return (
    <div class="crew-sheet" data-sheet={named} data-fresh={fresh} data-revision={value?.revision}>
      <p class="back">
        <a href="#">← {texts.back}</a>
      </p>
      {value !== undefined && !fresh && status !== undefined && at !== undefined && (
        <p class="kept" role="status" data-kept-sheet>
          {texts.keptList(ago(at, now, language))}
        </p>
      )}
      <Head subject={named} sheet={value} />
      {value === undefined && <Missing status={status} />}
      {value !== undefined && <Wrong sheet={value} district={district} />}
      {!unknown && status !== undefined && mayWrite(crew.oneself, district) && (
        <VisitForm
          key={changing?.id ?? "new"}
          crew={crew}
          subject={named}
          sheet={value}
          changing={changing}
          saved={saved}
          onSaved={setSaved}
          onDone={() => setChanging(undefined)}
        />
      )}
      {!unknown && !mayWrite(crew.oneself, district) && <p class="note">{texts.readOnly}</p>}
      {value !== undefined && <History sheet={value} district={district} onChange={mayWrite(crew.oneself, district) ? setChanging : undefined} />}
      {value === undefined && status === 0 && <p class="note">{common.unreachable}</p>}
    </div>
  );
}
