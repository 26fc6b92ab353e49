/** Checking a file from the reader's own device: a proof of a reading or of any other entry of the log, in whatever form. */

import { useState } from "preact/hooks";
import { ApiError, fetchEntryProof, fetchPolicy } from "../api/client.ts";
import { placeName } from "../format/value.ts";
import { useTexts } from "../hooks/language.tsx";
import { browserStore } from "../store.ts";
import type { FileOutcome } from "../trust/file.ts";
import { LateVerdict } from "./lateverdict.tsx";

interface Checked {
  readonly name: string;
  readonly outcome: FileOutcome;
}

async function check(file: File): Promise<FileOutcome> {
  try {
    const { MAX_FILE_BYTES, checkFile } = await import("../trust/file.ts");
    const policy = await fetchPolicy();
    const bytes = await file.slice(0, MAX_FILE_BYTES).arrayBuffer();
    return await checkFile(new Uint8Array(bytes), policy, browserStore(), fetchEntryProof);
  } catch (error) {
    // No answer of the server, a verifier out of reach, or a file that was moved or changed since it was chosen.
    if (error instanceof ApiError || error instanceof DOMException || error instanceof TypeError) return { state: "unavailable", detail: error.message };
    throw error;
  }
}

/** The device's subject that a reading is of. */
function placeOf(outcome: FileOutcome | undefined): string | undefined {
  return outcome?.state === "verified" ? outcome.proof.device.claims.subject : undefined;
}

/** `subject` is the place whose page this is, if it is one's: a reading of another place is said to be one. */
export function FileCheck({ subject }: { readonly subject?: string }) {
  const { check: texts, common } = useTexts();
  const [checked, setChecked] = useState<Checked | undefined>();
  const onChange = async (input: HTMLInputElement): Promise<void> => {
    const file = input.files?.[0];
    if (file === undefined) return;
    setChecked({ name: file.name, outcome: await check(file) });
    // So that the same file, changed meanwhile, can be chosen again.
    input.value = "";
  };
  const place = placeOf(checked?.outcome);
  return (
    <section class="card" data-panel="file">
      <h2>{texts.otherFile}</h2>
      <p class="quiet">{texts.otherFileHint}</p>
      <label class="button plain">
        {texts.chooseFile}
        <input class="unseen" type="file" data-action="choose-proof" onChange={(event) => void onChange(event.currentTarget)} />
      </label>
      {checked !== undefined && (
        <>
          <p class="file-name">{texts.fileResult(checked.name)}</p>
          {subject !== undefined && place !== undefined && place !== subject && (
            <p class="elsewhere" data-elsewhere={place}>
              {texts.fileElsewhere(placeName(place, common))}
            </p>
          )}
          <LateVerdict outcome={checked.outcome} waiting={false} asked={false} />
        </>
      )}
    </section>
  );
}
