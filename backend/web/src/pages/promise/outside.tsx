/** The lines about who outside looks: checkpoint, witnesses, anchors, audit. */

import { ago, count, moment } from "../../format/time.ts";
import { useClock } from "../../hooks/clock.ts";
import { useTexts } from "../../hooks/language.tsx";
import { anchorTexts } from "../../texts/anchors.ts";
import { outsideTexts } from "../../texts/outside.ts";
import { promiseTexts } from "../../texts/promise.ts";
import { Chip, Row } from "./row.tsx";
import type { AnchorLine, AnchorsLine, AuditLine, CheckpointLine, WitnessesLine } from "./types.ts";

export function Checkpoint({ line }: { readonly line: CheckpointLine }) {
  const { language } = useTexts();
  const texts = promiseTexts[language];
  const now = useClock();
  const figure = line.time === null ? texts.never : ago(line.time, now, language);
  return (
    <Row name="checkpoint" verdict={line.verdict} title={texts.checkpoint} figure={figure} proof={line.proof}>
      {line.time !== null && (
        <>
          <p data-size={line.size}>{texts.covers(line.size, count(line.size, language))}</p>
          <p class="quiet">{moment(line.time, language)}</p>
        </>
      )}
    </Row>
  );
}

export function Witnesses({ line }: { readonly line: WitnessesLine }) {
  const { language } = useTexts();
  const [texts, outside] = [promiseTexts[language], outsideTexts[language]];
  const now = useClock();
  if (line.witnesses.length === 0) {
    return (
      <Row name="witnesses" verdict={line.verdict} title={texts.witnesses} figure={texts.never}>
        <p>{texts.noWitnesses}</p>
      </Row>
    );
  }
  const figure = texts.ratio(count(line.cosigned, language), count(line.witnesses.length, language));
  return (
    <Row name="witnesses" verdict={line.verdict} title={texts.witnesses} figure={figure} proof={line.proof}>
      <p>{texts.asks(count(line.needed, language))}</p>
      {line.waiting_size !== null && <p class="promise-bad">{texts.waitsForWitnesses(count(line.waiting_size, language))}</p>}
      <ul>
        {line.witnesses.map(({ name, state, last_seen: seen }) => (
          <li key={name} data-witness={name} data-state={state}>
            <span class="promise-name">{name}</span>
            <span class={`state state-${state === "ok" ? "good" : state === "lying" ? "bad" : "open"}`}>{outside.states[state]}</span>
            <span class="quiet">{seen === null ? outside.neverCosigned : outside.cosigned(ago(seen, now, language))}</span>
          </li>
        ))}
      </ul>
    </Row>
  );
}

function Anchor({ line }: { readonly line: AnchorLine }) {
  const { language } = useTexts();
  const texts = promiseTexts[language];
  const now = useClock();
  return (
    <li data-anchor={line.name} data-verdict={line.verdict}>
      <span class="promise-name">{line.proof === null ? line.name : <a href={line.proof}>{line.name}</a>}</span>
      <Chip verdict={line.verdict} />
      <span class="quiet">
        {line.kind !== null && <>{anchorTexts[language].kinds[line.kind]} · </>}
        {line.size === null ? texts.unanchored : texts.anchored(count(line.size, language), line.time === null ? "" : moment(line.time, language))}
        {line.pending_since !== null && <>; {texts.pending(ago(line.pending_since, now, language))}</>}
      </span>
      {line.trouble !== null && (
        <span class="promise-trouble">
          {texts.trouble} <code>{line.trouble}</code>
        </span>
      )}
    </li>
  );
}

export function Anchors({ line }: { readonly line: AnchorsLine }) {
  const { language } = useTexts();
  const texts = promiseTexts[language];
  const number = (value: number): string => count(value, language);
  const good = line.anchors.filter(({ verdict }) => verdict === "holds").length;
  const figure = line.anchors.length === 0 ? texts.never : texts.ratio(number(good), number(line.anchors.length));
  return (
    <Row name="anchors" verdict={line.verdict} title={texts.anchors} figure={figure}>
      <p>{line.anchors.length === 0 ? texts.noAnchors : texts.confirmed}</p>
      {line.anchors.length > 0 && (
        <ul>
          {line.anchors.map((anchor) => (
            <Anchor key={anchor.name} line={anchor} />
          ))}
        </ul>
      )}
    </Row>
  );
}

function Report({ line }: { readonly line: AuditLine }) {
  const { language } = useTexts();
  const texts = promiseTexts[language];
  const [alarms, notices, size] = [line.alarms ?? 0, line.notices ?? 0, count(line.size ?? 0, language)];
  return (
    <>
      {line.same_log === false && <p class="promise-bad">{texts.otherLog}</p>}
      {line.done === false && <p class="promise-bad">{texts.notDone}</p>}
      <p data-alarms={alarms}>
        {alarms > 0 ? texts.found(alarms, count(alarms, language)) : line.done !== false && texts.nothingFound(size)}{" "}
        {notices > 0 && <span class="quiet">{texts.notices(notices, count(notices, language))}</span>}
      </p>
      {line.named.length > 0 && (
        <ul>
          {line.named.map(({ name, about }) => (
            <li key={`${name} ${about}`}>
              <code>{name}</code> <span>{about}</span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

export function Audit({ line }: { readonly line: AuditLine }) {
  const { language } = useTexts();
  const texts = promiseTexts[language];
  const now = useClock();
  if (line.finished === null) {
    return (
      <Row name="audit" verdict={line.verdict} title={texts.audit} figure={line.configured ? texts.noReport : texts.nobody}>
        <p>{line.configured ? texts.noReportHint : texts.nobodyHint}</p>
        {line.trouble !== null && (
          <p>
            <code>{line.trouble}</code>
          </p>
        )}
      </Row>
    );
  }
  return (
    <Row name="audit" verdict={line.verdict} title={texts.audit} figure={ago(line.finished, now, language)}>
      <Report line={line} />
    </Row>
  );
}
