/** What shows the fate of one number: records that are checked here, and log entries that have a page. */

import { useEffect, useRef, useState } from "preact/hooks";
import { json } from "../../api/client.ts";
import type { Reading } from "../../api/types.ts";
import { CheckDialog } from "../../components/checkdialog.tsx";
import { useTexts } from "../../hooks/language.tsx";
import { completenessTexts } from "../../texts/completeness.ts";
import { deviceTexts } from "../../texts/device.ts";
import type { NumberFate } from "./types.ts";
import { fetchReadingUpTo, useLoaded } from "./useDevice.ts";
import type { Who } from "./who.ts";

/** A button that opens the check of the reading with a number. */
export function CheckNumber({ who, seq }: { readonly who: Who; readonly seq: number }) {
  const { language, check } = useTexts();
  const [reading, setReading] = useState<Reading | undefined>();
  const [failed, setFailed] = useState(false);
  const open = (): void => {
    setFailed(false);
    fetchReadingUpTo(who.kid, seq).then((found) => (found?.seq !== seq ? setFailed(true) : setReading(found)), () => setFailed(true));
  };
  return (
    <>
      <button type="button" class="prove" data-action="check-number" data-seq={seq} onClick={open}>
        {check.verify}
        <span class="unseen"> {deviceTexts[language].number(String(seq))}</span>
      </button>
      {failed && <span role="alert">{deviceTexts[language].noReadingNow}</span>}
      {reading !== undefined && <CheckDialog subject={who.subjectAt(reading.log_index)} reading={reading} onClose={() => setReading(undefined)} />}
    </>
  );
}

function Evidence({ of, who }: { readonly of: NumberFate; readonly who: Who }) {
  const { language } = useTexts();
  const texts = deviceTexts[language];
  return (
    <>
      <p data-number={of.seq} data-fate={of.fate}>
        <strong>{of.fate === "unused" ? texts.unused : completenessTexts[language].fates[of.fate]}</strong>
        {of.equivocated && <strong class="line">{completenessTexts[language].equivocated("1")}</strong>}
      </p>
      <ul class="evidence">
        {of.evidence.map(({ shows, seq, log_index: index }) => (
          <li key={`${shows} ${seq} ${index}`} data-shows={shows}>
            <span>{texts.shows[shows]}</span>
            {seq === null ? <a href={`/entry?index=${index}`}>{texts.entry(String(index))}</a> : <CheckNumber who={who} seq={seq} />}
            {seq !== null && <span class="quiet">{texts.number(String(seq))}</span>}
          </li>
        ))}
      </ul>
    </>
  );
}

export function EvidenceDialog({ who, seq, onClose }: { readonly who: Who; readonly seq: number; readonly onClose: () => void }) {
  const { language, check, common } = useTexts();
  const dialog = useRef<HTMLDialogElement>(null);
  const { found } = useLoaded<NumberFate>(() => json(`/api/v1/devices/${who.kid}/numbers/${seq}`), `${who.kid} ${seq}`);
  useEffect(() => dialog.current?.showModal(), []);
  // The close of a check that is inside comes up here, too.
  const closed = (event: Event): void => {
    if (event.target === dialog.current) onClose();
  };
  return (
    <dialog ref={dialog} aria-labelledby="evidence-title" onClose={closed} onClick={(event) => event.target === dialog.current && dialog.current?.close()}>
      <div class="dialog-body" data-panel="evidence">
        <div class="dialog-head">
          <h2 id="evidence-title">{deviceTexts[language].number(String(seq))}</h2>
          <button type="button" class="plain" data-action="close-evidence" onClick={() => dialog.current?.close()}>
            {check.close}
          </button>
        </div>
        {found.state === "loading" && <p class="quiet">{common.loading}</p>}
        {found.state === "error" && <p role="alert">{common.unreachable}</p>}
        {found.state === "ready" && <Evidence of={found.value} who={who} />}
      </div>
    </dialog>
  );
}
