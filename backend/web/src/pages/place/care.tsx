/** What was done for a tree, each line with its proof, checked here. Nothing where nothing was done. */

import { useEffect, useState } from "preact/hooks";
import { ApiError, fetchCare } from "../../api/client.ts";
import type { CareLine, Subject } from "../../api/types.ts";
import { moment } from "../../format/time.ts";
import { useTexts } from "../../hooks/language.tsx";
import { browserStore } from "../../store.ts";
import { type CareTexts, careTexts } from "../../texts/care.ts";
import type { CareProof } from "../../trust/care.ts";

interface Lines {
  readonly lines: readonly CareLine[];
  readonly next: string | null;
}

function useCare({ kind, name }: Subject): Lines & { readonly more: () => void } {
  const [found, setFound] = useState<Lines>({ lines: [], next: null });
  const load = (cursor: string | null): void => {
    fetchCare(kind, name, cursor).then(
      ({ lines, next }) => setFound((before) => ({ lines: cursor === null ? lines : [...before.lines, ...lines], next })),
      (error: unknown) => {
        if (!(error instanceof ApiError)) throw error;
        console.warn("care", error.message);
      },
    );
  };
  useEffect(() => load(null), [kind, name]);
  return { ...found, more: () => load(found.next) };
}

/** What came of checking a line; undefined while it is checked. */
function useProof(line: CareLine, tree: string): CareProof | undefined {
  const [proof, setProof] = useState<CareProof | undefined>();
  useEffect(() => {
    const abort = new AbortController();
    import("../../trust/care.ts")
      .then(({ checkCare }) => checkCare(line, tree, browserStore(), abort.signal))
      .then(
        (found) => !abort.signal.aborted && setProof(found),
        (error: unknown) => {
          // The verifier is out of reach, or somebody has left; anything else is shown as what it is: not checked.
          if (!abort.signal.aborted) setProof({ state: "unavailable" });
          console.warn("care", String(error));
        },
      );
    return () => abort.abort();
  }, [line.salt, line.entry, tree]);
  return proof;
}

function saysOf(proof: CareProof | undefined, texts: CareTexts): string {
  switch (proof?.state) {
    case undefined:
      return texts.checking;
    case "verified":
      return texts.verified(proof.issuer);
    case "failed":
      return texts.failed;
    case "waiting":
      return texts.waiting;
    default:
      return texts.unavailable;
  }
}

function Line({ line, tree }: { readonly line: CareLine; readonly tree: string }) {
  const { language } = useTexts();
  const texts = careTexts[language];
  const proof = useProof(line, tree);
  const what = line.care.map((each) => texts.what[each] ?? each).join(", ");
  return (
    <li data-care={line.care.join(" ")} data-proved={proof?.state ?? "pending"}>
      <p class="care-what">
        <strong>{what}</strong> {line.note}
      </p>
      <p class="quiet">
        {moment(line.made, language)} {line.changed && `· ${texts.changed}`}
      </p>
      <p class={proof?.state === "failed" ? "unproved" : "care-proof"} role={proof?.state === "failed" ? "alert" : undefined}>
        {saysOf(proof, texts)} {line.entry !== null && <a href={`/entry?index=${line.entry}`}>{texts.proof}</a>}
      </p>
    </li>
  );
}

export function Care({ tree }: { readonly tree: Subject }) {
  const { language } = useTexts();
  const texts = careTexts[language];
  const { lines, next, more } = useCare(tree);
  if (lines.length === 0) return null;
  return (
    <section class="card" data-panel="care">
      <h2>{texts.heading}</h2>
      <p class="quiet">{texts.lead}</p>
      <ul class="care">
        {lines.map((line) => (
          <Line key={line.salt} line={line} tree={tree.subject} />
        ))}
      </ul>
      {next !== null && (
        <button type="button" class="plain" onClick={more}>
          {texts.more}
        </button>
      )}
    </section>
  );
}
