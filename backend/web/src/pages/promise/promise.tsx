/** "Does the promise hold?": the answer in one glance, then each line with its verdict, its numbers and the way to its proof. */

import { Frame, Notice } from "../../components/frame.tsx";
import { ago, list, moment } from "../../format/time.ts";
import { useClock } from "../../hooks/clock.ts";
import { type Texts, useTexts } from "../../hooks/language.tsx";
import { type PromiseTexts, promiseTexts } from "../../texts/promise.ts";
import { Anchors, Audit, Checkpoint, Witnesses } from "./outside.tsx";
import { Sign } from "./row.tsx";
import type { Line, Promised, Verdict } from "./types.ts";
import { usePromise } from "./usePromise.ts";
import { Refused, Waiting } from "./way.tsx";

/** The worst of some lines. */
function worst(lines: readonly Line[]): Verdict {
  const found = new Set(lines.map(({ verdict }) => verdict));
  return found.has("broken") ? "broken" : found.has("unknown") ? "unknown" : "holds";
}

function named({ checkpoint, witnesses, anchors, audit, waiting, refused }: Promised, texts: PromiseTexts): readonly (readonly [string, Verdict])[] {
  return [
    [texts.checkpoint, checkpoint.verdict],
    [texts.witnesses, witnesses.verdict],
    [texts.anchors, anchors.verdict],
    [texts.audit, audit.verdict],
    [texts.waiting, worst(Object.values(waiting))],
    [texts.refused, refused.verdict],
  ];
}

/** Names in the middle of a sentence: English writes them small. */
function joined(names: readonly string[], language: Texts["language"]): string {
  return list(language === "en" ? names.map((name) => name.toLowerCase()) : names, language);
}

interface AnswerProps {
  readonly promised: Promised;
  readonly at: number;
  readonly fresh: boolean;
  readonly connected: boolean;
}

function Answer({ promised, at, fresh, connected }: AnswerProps) {
  const { language } = useTexts();
  const texts = promiseTexts[language];
  const now = useClock();
  const of = (wanted: Verdict): readonly string[] =>
    named(promised, texts)
      .filter(([, verdict]) => verdict === wanted)
      .map(([name]) => name);
  const [broken, unknown] = [of("broken"), of("unknown")];
  const verdict = fresh ? promised.verdict : "unknown"; // nobody can say that it holds now
  return (
    <div class={`promise-answer is-${verdict}`} role="status" data-answer={verdict} data-connected={connected} data-stale={fresh ? undefined : true}>
      <Sign verdict={verdict} />
      <div>
        <p class="promise-verdict">{fresh ? texts.answers[verdict] : texts.staleHint}</p>
        {!fresh && <p>{texts.stale(ago(at, now, language))}</p>}
        {broken.length > 0 && <p>{texts.broken(joined(broken, language))}</p>}
        {unknown.length > 0 && <p>{texts.unknown(joined(unknown, language))}</p>}
        {verdict === "holds" && <p>{texts.allHolds}</p>}
        <p class="quiet">{texts.asOf(moment(promised.as_of, language))}</p>
      </div>
    </div>
  );
}

function Lines({ promised }: { readonly promised: Promised }) {
  const { waiting } = promised;
  return (
    <div class="promise-lines">
      <Checkpoint line={promised.checkpoint} />
      <Audit line={promised.audit} />
      <Refused line={promised.refused} />
      <Waiting waiting={waiting} verdict={worst(Object.values(waiting))} />
      <Witnesses line={promised.witnesses} />
      <Anchors line={promised.anchors} />
    </div>
  );
}

export function PromisePage() {
  const { common, language } = useTexts();
  const texts = promiseTexts[language];
  const { state, connected, reload } = usePromise();
  return (
    <Frame realm={state.state === "ready" ? state.promised.realm : undefined}>
      <div class="intro">
        <h1>{texts.title}</h1>
        <p>{texts.lead}</p>
      </div>
      {state.state === "loading" && <Notice kind="loading" title={common.loading} />}
      {state.state === "error" && (
        <Notice kind="error" title={common.unreachable} hint={state.detail}>
          <button type="button" class="plain" onClick={reload}>
            {common.retry}
          </button>
        </Notice>
      )}
      {state.state === "ready" && (
        <>
          <Answer {...state} connected={connected} />
          <Lines promised={state.promised} />
          <p class="promise-itself">{texts.itself}</p>
        </>
      )}
    </Frame>
  );
}
