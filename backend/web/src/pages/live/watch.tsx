/** Who watches the log: its witnesses and anchors with their states. */

import type { ComponentChildren } from "preact";
import type { Anchoring, PublishedCheckpoint, Witness } from "../../api/types.ts";
import { ago, count, moment } from "../../format/time.ts";
import { useClock } from "../../hooks/clock.ts";
import { useTexts } from "../../hooks/language.tsx";
import { anchorTexts } from "../../texts/anchors.ts";
import { outsideTexts } from "../../texts/outside.ts";
import type { Outside, OutsideState } from "./useOutside.ts";

interface RowProps {
  readonly name: string;
  readonly state: string;
  readonly tone: "good" | "open" | "bad";
  readonly says: string;
  readonly children: ComponentChildren;
}

function Row({ name, state, tone, says, children }: RowProps) {
  return (
    <>
      <p class="watch-name">
        <span>{name}</span> <span class={`state state-${tone}`}>{state}</span>
      </p>
      <p class="quiet" title={says}>
        {children}
      </p>
    </>
  );
}

function WitnessRow({ witness }: { readonly witness: Witness }) {
  const { language } = useTexts();
  const texts = outsideTexts[language];
  const now = useClock();
  const { name, state, last_seen: seen, detail } = witness;
  const tone = state === "ok" ? "good" : state === "lying" ? "bad" : "open";
  return (
    <li data-witness={name} data-state={state}>
      <Row name={name} state={texts.states[state]} tone={tone} says={detail}>
        {seen === null ? texts.neverCosigned : texts.cosigned(ago(seen, now, language))}
      </Row>
    </li>
  );
}

/** How many of the witnesses saw the newest state, and whether that is enough. */
function Seen({ newest, known }: { readonly newest: PublishedCheckpoint; readonly known: number }) {
  const { language } = useTexts();
  const texts = outsideTexts[language];
  const { size, cosigned, quorum, met } = newest;
  const number = (value: number): string => count(value, language);
  return (
    <p data-cosigned={cosigned.length} data-known={known} data-quorum={quorum} data-met={met}>
      {texts.seen(number(size), number(cosigned.length), number(known))} {(met ? texts.asks : texts.below)(number(quorum))}
    </p>
  );
}

function Witnesses({ newest, witnesses }: Outside) {
  const { language } = useTexts();
  const texts = outsideTexts[language];
  return (
    <section data-watch="witnesses">
      <h3>{texts.witnesses}</h3>
      {witnesses.length === 0 ? (
        <p class="quiet">{texts.noWitnesses}</p>
      ) : (
        <>
          {newest !== undefined && <Seen newest={newest} known={witnesses.length} />}
          <ul>
            {witnesses.map((witness) => (
              <WitnessRow key={witness.name} witness={witness} />
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function AnchoringRow({ anchoring }: { readonly anchoring: Anchoring }) {
  const { language } = useTexts();
  const texts = outsideTexts[language];
  const now = useClock();
  const { name, kind, state, time, submitted, detail, url } = anchoring;
  const size = count(anchoring.size, language);
  const tone = ({ confirmed: "good", pending: "open", failed: "bad" } as const)[state];
  const says = {
    confirmed: () => texts.anchored(size, time === null ? "" : moment(time, language)),
    pending: () => texts.under(size, ago(submitted, now, language)),
    failed: () => texts.gaveUp(size),
  }[state]();
  return (
    <li data-anchoring={name} data-kind={kind} data-state={state} data-size={anchoring.size}>
      <Row name={name} state={texts.anchorStates[state]} tone={tone} says={detail}>
        <span class="line">
          <span>{anchorTexts[language].kinds[kind] ?? kind}</span>
          {url !== null && (
            <a href={url} download>
              {texts.evidence}
            </a>
          )}
        </span>
        {says}
      </Row>
    </li>
  );
}

/** An anchor of the policy of which nothing was begun yet. */
function UnusedRow({ name }: { readonly name: string }) {
  const { language } = useTexts();
  const texts = outsideTexts[language];
  return (
    <li data-anchoring={name} data-state="none">
      <Row name={name} state={texts.none} tone="open" says="">
        {texts.unused}
      </Row>
    </li>
  );
}

function Anchors({ anchors }: Outside) {
  const { language } = useTexts();
  const texts = outsideTexts[language];
  return (
    <section data-watch="anchors">
      <h3>{texts.anchors}</h3>
      {anchors.length === 0 ? (
        <p class="quiet">{texts.noAnchors}</p>
      ) : (
        <ul>
          {anchors.flatMap(({ name, anchorings }) =>
            anchorings.length === 0
              ? [<UnusedRow key={name} name={name} />]
              : anchorings.map((anchoring) => <AnchoringRow key={`${name} ${anchoring.size}`} anchoring={anchoring} />),
          )}
        </ul>
      )}
    </section>
  );
}

export function Watch({ outside }: { readonly outside: OutsideState }) {
  const { language } = useTexts();
  const texts = outsideTexts[language];
  if (outside === undefined) return null;
  return (
    <section class="card watch" id="watch" data-panel="watch">
      <h2>{texts.heading}</h2>
      {outside === "unavailable" ? (
        <p class="quiet">{texts.unavailable}</p>
      ) : (
        <>
          <div class="watch-parts">
            <Witnesses {...outside} />
            <Anchors {...outside} />
          </div>
          <p class="note">{texts.lead}</p>
        </>
      )}
    </section>
  );
}
