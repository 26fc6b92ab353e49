/** What a verified proof shows, in plain sentences, and what it leaves open. */

import { list, moment } from "../format/time.ts";
import { placeName } from "../format/value.ts";
import { useTexts } from "../hooks/language.tsx";
import { type ProvedTexts, provedTexts } from "../texts/proved.ts";
import type { VerifiedEntry } from "../verifier/entryverifier.ts";
import type { Policy } from "../verifier/policy.ts";
import type { Standing } from "../verifier/steps.ts";
import { type TrustedCheckpoint, seenBy } from "../verifier/treehead.ts";
import type { VerifiedProof } from "../verifier/verifier.ts";
import { Mark } from "./steps.tsx";

export interface Sentence {
  /** What it is about, for tests. */
  readonly id: string;
  readonly says: string;
  /** Smaller print below. */
  readonly note?: string;
}

/** The sentences of a part of the verdict, each with its mark. */
export function Sentences({ of, status }: { readonly of: readonly Sentence[]; readonly status: "checked" | "not-checked" }) {
  return (
    <ul class={`sentences sentences-${status}`}>
      {of.map(({ id, says, note }) => (
        <li key={id} data-says={id}>
          <Mark status={status} />
          <div>
            <p>{says}</p>
            {note !== undefined && <p class="note">{note}</p>}
          </div>
        </li>
      ))}
    </ul>
  );
}

/** How sentences are made in the reader's language. */
export interface Speech {
  readonly texts: ProvedTexts;
  readonly time: (seconds: bigint) => string;
  readonly join: (names: readonly string[]) => string;
  /** The same of names of which none is meant. */
  readonly neither: (names: readonly string[]) => string;
  /** A subject like `bin/12` as people call it. */
  readonly place: (subject: string, label?: string) => string;
}

export function useSpeech(): Speech {
  const { language, common } = useTexts();
  return {
    texts: provedTexts[language],
    time: (seconds) => moment(seconds, language),
    join: (names) => list(names, language),
    neither: (names) => list(names, language, "disjunction"),
    place: (subject, label) => {
      const name = placeName(subject, common);
      return label === undefined ? name : `${name} (${label})`;
    },
  };
}

function namesOf({ cosignatures }: TrustedCheckpoint): readonly string[] {
  return cosignatures.map(({ name }) => name);
}

/** Since when it is public, by the clocks of those who cosigned `seen`. */
export function publicSince(seen: TrustedCheckpoint | undefined, { quorum }: Policy, { texts, time, join }: Speech): readonly Sentence[] {
  const notAfter = seen === undefined ? undefined : seenBy(seen.cosignatures, quorum);
  if (seen === undefined || notAfter === undefined) return [];
  const names = namesOf(seen);
  return [{ id: "not-after", says: texts.notAfter(time(notAfter), join(names)), note: texts.clocks(Number(quorum), names.length) }];
}

/** Who saw the same log. */
export function witnesses(head: TrustedCheckpoint | undefined, { quorum }: Policy, { texts }: Speech): readonly Sentence[] {
  if (head === undefined || quorum === 0n) return [];
  return [{ id: "witnesses", says: texts.seenBy(head.cosignatures.length, head.known, Number(quorum)), note: texts.seenAdds }];
}

/** Whether keys were withdrawn, and when. */
export function standings(of: readonly Standing[], { texts, time, neither, place }: Speech): readonly Sentence[] {
  const valid = of.filter(({ withdrawnAt }) => withdrawnAt === undefined);
  const later = of.filter(({ withdrawnAt }) => withdrawnAt !== undefined);
  const [first] = valid;
  const names = neither(valid.map(({ subject }) => place(subject)));
  const stillValid = first && { id: "not-revoked", says: texts.notRevoked(names, String(first.asOf), time(first.listedAt)) };
  return [
    ...(stillValid === undefined ? [] : [stillValid]),
    ...later.map(({ subject, withdrawnAt, underWay }) => ({
      id: underWay ? "replaced" : "revoked-later",
      says: (underWay ? texts.replaced : texts.revokedLater)(place(subject), String(withdrawnAt)),
    })),
  ];
}

/** What stays open of keys that somebody else may have had when they signed. */
export function doubts(of: readonly Standing[], { texts, place }: Speech): readonly Sentence[] {
  return of
    .filter(({ reason }) => reason === "compromised" || reason === "lost")
    .map(({ subject }) => ({ id: "doubt", says: texts.doubt(place(subject)) }));
}

/** Between which moments a reading was made, by whose clocks. */
function madeBetween(proof: VerifiedProof, policy: Policy, speech: Speech): readonly Sentence[] {
  const { texts, time, join } = speech;
  const { seen, beacon, notBefore, notAfter } = proof;
  if (beacon === undefined || notBefore === undefined) return publicSince(seen, policy, speech);
  const [before, after] = [join(namesOf(beacon)), join(namesOf(seen))];
  if (notAfter === undefined) return [{ id: "not-before", says: texts.notBefore(time(notBefore), before) }];
  const clocks = `${texts.betweenClocks(before, after)} ${texts.clocks(Number(policy.quorum), seen.cosignatures.length)}`;
  return [{ id: "between", says: texts.between(time(notBefore), time(notAfter)), note: clocks }];
}

/** What a reading's proof shows. */
export function provedOfReading(proof: VerifiedProof, policy: Policy, speech: Speech): readonly Sentence[] {
  const { texts, place } = speech;
  const { device, bundle, head, standing } = proof;
  const { subject } = device.claims;
  const [kind] = subject.split("/") as [string];
  return [
    { id: "signed", says: texts.signedByDevice(kind, place(subject, device.label), String(bundle.deviceEnrolment.index)) },
    { id: "listed", says: texts.listed(String(bundle.header.index), String(head.checkpoint.size)) },
    ...madeBetween(proof, policy, speech),
    ...witnesses(head, policy, speech),
    ...(standing === undefined ? [] : standings([standing.device, standing.gateway], speech)),
  ];
}

/** What an entry's proof shows. */
export function provedOfEntry(entry: VerifiedEntry, policy: Policy, speech: Speech): readonly Sentence[] {
  const { texts, place } = speech;
  const { bundle, head, seen, issuer, standing } = entry;
  const by =
    bundle.issuer !== undefined
      ? texts.signedByIssuer(place(issuer), String(bundle.issuer.index))
      : entry.entry.kind === "policy"
        ? texts.signedByRoots
        : texts.signedByRegistrar(issuer);
  return [
    { id: "signed", says: by, note: texts.unchanged },
    { id: "listed", says: texts.isEntry(String(bundle.entry.index), String(head.checkpoint.size)) },
    ...publicSince(seen, policy, speech),
    ...witnesses(head, policy, speech),
    ...(standing === undefined ? [] : standings([standing], speech)),
  ];
}
