/** What a statement says: its payload as text, or that only a document's hash is on record, with a check of that document. */

import { sha256 } from "@noble/hashes/sha2.js";
import { useState } from "preact/hooks";
import { useTexts } from "../hooks/language.tsx";
import { type EntryTexts, entryTexts } from "../texts/entry.ts";
import { equalBytes, toHex } from "../verifier/bytes.ts";
import { type OrganisationStatement, payloadText } from "../verifier/organisation.ts";
import { Fact } from "./fact.tsx";

/** What a reader takes in; the entry's bytes have the rest. */
const MAX_SHOWN = 4096;
/** Pieces in which a document is read: it may have gigabytes. */
const PIECE_BYTES = 4 * 1024 * 1024;

/** SHA-256 of a file, read piece by piece. Throws DOMException if it was moved or changed since it was chosen. */
async function digestOf(file: File): Promise<Uint8Array> {
  const hash = sha256.create();
  for (let at = 0; at < file.size; at += PIECE_BYTES) {
    hash.update(new Uint8Array(await file.slice(at, at + PIECE_BYTES).arrayBuffer()));
  }
  return hash.digest();
}

type Compared = "same" | "other" | "unreadable";

async function compare(file: File, digest: Uint8Array): Promise<Compared> {
  try {
    return equalBytes(await digestOf(file), digest) ? "same" : "other";
  } catch (error) {
    if (error instanceof DOMException) return "unreadable";
    throw error;
  }
}

function DocumentCheck({ digest, texts }: { readonly digest: Uint8Array; readonly texts: EntryTexts }) {
  const [checked, setChecked] = useState<{ readonly name: string; readonly found: Compared } | undefined>();
  const onChange = async (input: HTMLInputElement): Promise<void> => {
    const file = input.files?.[0];
    if (file === undefined) return;
    setChecked({ name: file.name, found: await compare(file, digest) });
    input.value = "";
  };
  const says = { same: texts.documentSame, other: texts.documentOther, unreadable: texts.documentUnreadable };
  return (
    <>
      <label class="button plain">
        {texts.chooseDocument}
        <input class="unseen" type="file" data-action="choose-document" onChange={(event) => void onChange(event.currentTarget)} />
      </label>
      {checked !== undefined && (
        <p class={checked.found === "same" ? "proved" : "unproved"} role="status" data-document={checked.found}>
          {says[checked.found](checked.name)}
        </p>
      )}
    </>
  );
}

function Payload({ payload, texts }: { readonly payload: Uint8Array; readonly texts: EntryTexts }) {
  if (payload.length === 0) return <p class="quiet">{texts.empty}</p>;
  const text = payloadText(payload);
  if (text === undefined) return <p class="quiet">{texts.notText(String(payload.length))}</p>;
  return (
    <>
      <pre class="payload" data-payload="text">
        {text.slice(0, MAX_SHOWN)}
      </pre>
      {text.length > MAX_SHOWN && <p class="quiet">{texts.cut}</p>}
    </>
  );
}

export function Statement({ statement }: { readonly statement: OrganisationStatement }) {
  const { language } = useTexts();
  const texts = entryTexts[language];
  const { typ, payload, detached, contentType, location } = statement;
  return (
    <>
      <h4>{detached ? texts.onlyHash : texts.says}</h4>
      {!detached && <Payload payload={payload} texts={texts} />}
      {detached && <p class="quiet">{texts.onlyHashLead}</p>}
      <dl class="facts">
        {detached && (
          <Fact name={texts.documentHint}>
            <code data-payload="hash">{toHex(payload)}</code>
          </Fact>
        )}
        {location !== undefined && (
          <Fact name={texts.location}>
            <code>{location}</code>
          </Fact>
        )}
        <Fact name={texts.typ}>{typ}</Fact>
        {contentType !== undefined && <Fact name={texts.contentType}>{contentType}</Fact>}
      </dl>
      {detached && <DocumentCheck digest={payload} texts={texts} />}
    </>
  );
}
