/** Checking a proof file from the reader's own device. */

import { useState } from "preact/hooks";
import { ApiError, fetchPolicy } from "../api/client.ts";
import { useTexts } from "../hooks/language.tsx";
import { browserStore } from "../store.ts";
import { type Outcome, checkProof } from "../trust/check.ts";
import { MAX_PROOF_BYTES } from "../verifier/proof.ts";
import { Verdict } from "./verdict.tsx";

interface Checked {
  readonly name: string;
  readonly outcome: Outcome;
}

async function checkFile(file: File): Promise<Outcome> {
  try {
    const policy = await fetchPolicy(new AbortController().signal);
    // A byte over the limit is enough for the verifier to refuse it; a file may have gigabytes.
    const bytes = await file.slice(0, MAX_PROOF_BYTES + 1).arrayBuffer();
    return checkProof(new Uint8Array(bytes), policy, browserStore());
  } catch (error) {
    // No answer of the server, or a file that was moved or changed since it was chosen.
    if (error instanceof ApiError || error instanceof DOMException) return { state: "unavailable", detail: error.message };
    throw error;
  }
}

/** `subject` is the place whose page this is: a proof of another place is said to be one. */
export function FileCheck({ subject }: { readonly subject: string }) {
  const { check } = useTexts();
  const [checked, setChecked] = useState<Checked | undefined>();
  const onChange = async (input: HTMLInputElement): Promise<void> => {
    const file = input.files?.[0];
    if (file === undefined) return;
    setChecked({ name: file.name, outcome: await checkFile(file) });
    // So that the same file, changed meanwhile, can be chosen again.
    input.value = "";
  };
  const outcome = checked?.outcome;
  const elsewhere = outcome?.state === "verified" && outcome.proof.device.claims.subject !== subject;
  return (
    <section class="card" data-panel="file">
      <h2>{check.otherFile}</h2>
      <p class="quiet">{check.otherFileHint}</p>
      <label class="button plain">
        {check.chooseFile}
        <input
          class="unseen"
          type="file"
          accept=".proof,application/cbor"
          data-action="choose-proof"
          onChange={(event) => void onChange(event.currentTarget)}
        />
      </label>
      {checked !== undefined && (
        <>
          <p class="file-name">{check.fileResult(checked.name)}</p>
          {elsewhere && <p class="elsewhere">{check.fileElsewhere(outcome.proof.device.claims.subject)}</p>}
          <Verdict outcome={checked.outcome} waiting={false} asked={false} />
        </>
      )}
    </section>
  );
}
