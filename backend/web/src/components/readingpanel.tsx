/** A reading whose proof holds: what is proved, what was signed, what is left open, every step. */

import { moment } from "../format/time.ts";
import { valueOf } from "../format/value.ts";
import { useTexts } from "../hooks/language.tsx";
import type { Verified } from "../trust/check.ts";
import { evidenceOf } from "../trust/evidence.ts";
import { toHex } from "../verifier/bytes.ts";
import type { Cosignature } from "../verifier/treehead.ts";
import type { VerifiedProof } from "../verifier/verifier.ts";
import { Anchors } from "./anchors.tsx";
import { Fact } from "./fact.tsx";
import { SimulatedMark } from "./frame.tsx";
import { Folded, GoodHead, Pin } from "./panel.tsx";
import { type Sentence, Sentences, doubts, provedOfReading, useSpeech } from "./proved.tsx";
import { StepList } from "./steps.tsx";
import { ValueList } from "./values.tsx";

function Times({ cosignatures }: { readonly cosignatures: readonly Cosignature[] }) {
  const { language } = useTexts();
  return (
    <>
      {cosignatures.map(({ name, time }) => (
        <span key={name} class="line">
          {moment(time, language)} · {name}
        </span>
      ))}
    </>
  );
}

/** What the verified proof says, straight from its bytes. */
function Facts({ proof }: { readonly proof: VerifiedProof }) {
  const { check, language } = useTexts();
  const { record, head, seen, beacon, bundle } = proof;
  const { baseTime } = record.pack;
  return (
    <dl class="facts">
      <Fact name={check.claimedTime}>{baseTime === undefined ? check.clockNotSet : moment(baseTime, language)}</Fact>
      {beacon !== undefined && beacon.cosignatures.length > 0 && (
        <Fact name={check.notBefore}>
          <Times cosignatures={beacon.cosignatures} />
        </Fact>
      )}
      {seen.cosignatures.length > 0 && (
        <Fact name={check.witnessedBy}>
          <Times cosignatures={seen.cosignatures} />
        </Fact>
      )}
      <Fact name={check.logPosition}>
        {String(bundle.header.index)} / {String(head.checkpoint.size)}
      </Fact>
      <Fact name={check.key}>
        <code>{toHex(record.kid)}</code>
      </Fact>
    </dl>
  );
}

/** What no proof of this kind shows, and what this one leaves open. */
function useLimits({ notBefore, notAfter, standing, anchored }: VerifiedProof, quorum: bigint): readonly Sentence[] {
  const { check } = useTexts();
  const speech = useSpeech();
  const { open } = speech.texts;
  const { sensor, place, time, page } = check.limits;
  const start = notBefore === undefined ? [{ id: "start", says: open.start }] : [];
  return [
    ...(notAfter === undefined && !anchored.some(({ status }) => status === "checked") ? [{ id: "time", says: time }] : start),
    ...(quorum === 0n ? [{ id: "witnesses", says: open.witnesses }] : []),
    ...(standing === undefined ? [{ id: "revocation", says: open.revocation }] : doubts([standing.device, standing.gateway], speech)),
    { id: "sensor", says: sensor },
    { id: "place", says: place },
    { id: "gaps", says: open.gaps },
    { id: "page", says: page },
  ];
}

export function ReadingPanel({ outcome, asked }: { readonly outcome: Verified; readonly asked: boolean }) {
  const { check } = useTexts();
  const { proof, trust, file } = outcome;
  const { device, record, steps, notBefore, notAfter } = proof;
  const speech = useSpeech();
  const limits = useLimits(proof, trust.policy.quorum);
  const checked = steps.filter(({ status }) => status === "checked").length;
  const { subject } = device.claims;
  const seq = String(record.sequence.seq);
  return (
    <div class="verdict" data-verdict="verified" data-track="reading" data-subject={subject} data-seq={seq} data-simulated={String(device.simulated)}>
      <GoodHead title={check.verified} lead={check.verifiedLead(seq, speech.place(subject, device.label))}>
        {device.simulated && <SimulatedMark />}
      </GoodHead>
      <section data-proof="proved">
        <h4>{speech.texts.heading}</h4>
        <Sentences of={provedOfReading(proof, trust.policy, speech)} status="checked" />
      </section>
      <Anchors of={proof.anchored} />
      <section data-limits={notBefore !== undefined && notAfter !== undefined ? "dated" : "undated"}>
        <h4>{check.notProved}</h4>
        <Sentences of={limits} status="not-checked" />
      </section>
      <Folded title={speech.texts.everyStep} hint={check.steps(checked, steps.length - checked)}>
        <StepList track="reading" reports={steps} asked={asked} evidence={(step) => evidenceOf(step, proof, file)} />
      </Folded>
      <Folded title={check.readingIs} hint="">
        <ValueList values={record.pack.measurements.map(valueOf)} />
        <Facts proof={proof} />
      </Folded>
      <Pin trust={trust} />
    </div>
  );
}
