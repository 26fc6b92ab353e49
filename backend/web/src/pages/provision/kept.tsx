/** Step 4 and the list: what became of each device, its label, its first reading, and whatever is in its way. */

import { useState } from "preact/hooks";
import { ApiError } from "../../api/client.ts";
import { placeName } from "../../format/value.ts";
import { useTexts } from "../../hooks/language.tsx";
import { labelPath, withdraw } from "../../provision/api.ts";
import type { Entry } from "../../provision/entry.ts";
import { again } from "../../provision/sending.ts";
import { CONFLICTS, type ConflictName, provisionTexts } from "../../texts/provision.ts";
import { FirstReading } from "./firstreading.tsx";
import type { Entries } from "./useEntries.ts";
import type { SessionState } from "./useSession.ts";

function conflictName(reason: string): ConflictName {
  return CONFLICTS.find((name) => name === reason) ?? "other";
}

function Conflict({ entry, onAgain, onRemove }: { readonly entry: Entry; readonly onAgain: () => void; readonly onRemove: () => void }) {
  const { language } = useTexts();
  const texts = provisionTexts[language];
  const { reason, detail } = entry.conflict ?? { reason: "other", detail: "" };
  return (
    <div class="trouble" role="alert" data-conflict={reason}>
      <p>{texts.conflict[conflictName(reason)]}</p>
      {detail !== "" && <p class="says">{detail}</p>}
      <p>{texts.notOverwritten}</p>
      <p class="downloads">
        <button type="button" class="plain" data-action="send-again" onClick={onAgain}>
          {texts.sendAgain}
        </button>
        <button type="button" class="plain" data-action="remove" onClick={onRemove}>
          {texts.remove}
        </button>
      </p>
    </div>
  );
}

interface Props {
  readonly entry: Entry;
  readonly entries: Entries;
  readonly session: SessionState;
  readonly current: boolean;
}

export function KeptEntry({ entry, entries, session, current }: Props) {
  const { common, language } = useTexts();
  const texts = provisionTexts[language];
  const [trouble, setTrouble] = useState<string | undefined>();
  const { journal, reload, sync } = entries;
  const { kid, state, wanted, committed, sent } = entry;
  const act = (work: () => Promise<void>): void => {
    setTrouble(undefined);
    work()
      .then(sync)
      .catch((error: unknown) => {
        if (!(error instanceof ApiError)) throw error;
        setTrouble(error.message);
      });
  };
  const put = async (next: Entry): Promise<void> => journal?.put(next);
  const verified = (): void => void put({ ...entry, state: "done", changed: Date.now() }).then(reload);
  return (
    <li class="provision-entry" data-entry={kid} data-state={state} data-committed={committed} data-subject={wanted.subject}>
      <p>
        <strong>{placeName(wanted.subject, common)}</strong> <span class="quiet">{wanted.label}</span>
      </p>
      <p class="quiet">
        <code>{kid}</code> · {texts.state[state]}
        {!committed && state !== "begun" && ` · ${texts.notConfigured}`}
      </p>
      {state === "conflict" && (
        <Conflict entry={entry} onAgain={() => act(() => put(again(entry, Date.now())))} onRemove={() => act(async () => journal?.remove(kid))} />
      )}
      {sent !== undefined && session === "in" && state !== "conflict" && (
        <>
          {current && <img class="provision-label" src={labelPath(entry, "svg")} alt={texts.labelPicture} />}
          <p class="downloads">
            <a class="button plain" href={labelPath(entry, "pdf")} data-action="label">
              {texts.labelPdf}
            </a>
            {state === "sent" && (
              <button type="button" class="plain" data-action="take-back" onClick={() => act(() => withdraw(entry))}>
                {texts.takeBack}
              </button>
            )}
          </p>
        </>
      )}
      {(state === "begun" || state === "done") && !current && (
        <p class="downloads">
          <button type="button" class="plain" data-action="remove" onClick={() => act(async () => journal?.remove(kid))}>
            {texts.remove}
          </button>
        </p>
      )}
      {trouble !== undefined && (
        <p class="trouble" role="alert">
          {trouble}
        </p>
      )}
      {committed && (state === "enrolled" || (state === "done" && current)) && session !== "offline" && <FirstReading kid={kid} subject={wanted.subject} onVerified={verified} />}
    </li>
  );
}
