/** The script that decides what holds: its hash, computed here, and where the city has stated it in the log. */

import { sha256 } from "@noble/hashes/sha2.js";
import { useEffect, useState } from "preact/hooks";
import { ApiError, fetchEntriesAbout, fetchFile, fetchScripts } from "../../api/client.ts";
import { browserStore } from "../../store.ts";
import { checkLoggedEntry } from "../../trust/file.ts";
import { equalBytes, toHex } from "../../verifier/bytes.ts";

/** As the backend states it (pages/verifier_statement.py). */
const ABOUT = "page/verifier";
/** A city serves a new one now and then; who looks further back takes the log itself. */
const MOST_LOOKED_AT = 5;

export type LoggedVerifier =
  | { readonly state: "checking" }
  | { readonly state: "missing" }
  | { readonly state: "logged"; readonly index: bigint };

export interface ServedVerifier {
  /** Null where the server does not say which it is. */
  readonly script: { readonly path: string; readonly sha256: string } | null | undefined;
  readonly logged: LoggedVerifier;
}

/** The newest entry whose verified statement is the hash `digest`. Throws ApiError. */
async function entryWith(digest: Uint8Array, signal: AbortSignal): Promise<bigint | undefined> {
  const entries = await fetchEntriesAbout(ABOUT);
  for (const { index } of entries.slice(0, MOST_LOOKED_AT)) {
    const outcome = await checkLoggedEntry(BigInt(index), browserStore(), () => undefined, signal);
    if (outcome.state !== "entry") continue;
    const { entry } = outcome.entry;
    if (entry.kind === "statement" && entry.content.detached && equalBytes(entry.content.payload, digest)) return BigInt(index);
  }
  return undefined;
}

export function useVerifier(): ServedVerifier {
  const [found, setFound] = useState<ServedVerifier>({ script: undefined, logged: { state: "checking" } });
  useEffect(() => {
    const abort = new AbortController();
    const run = async (): Promise<void> => {
      const { verifier: path } = await fetchScripts();
      const digest = sha256(await fetchFile(path));
      const script = { path, sha256: toHex(digest) };
      setFound({ script, logged: { state: "checking" } });
      const index = await entryWith(digest, abort.signal);
      setFound({ script, logged: index === undefined ? { state: "missing" } : { state: "logged", index } });
    };
    run().catch((error: unknown) => {
      if (abort.signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      setFound(({ script }) => ({ script: script ?? null, logged: { state: "missing" } }));
    });
    return () => abort.abort();
  }, []);
  return found;
}
