/** What a log entry says, by its kind, straight from its bytes. */

import type { ComponentChildren } from "preact";
import { moment } from "../format/time.ts";
import { useTexts } from "../hooks/language.tsx";
import { type EntryTexts, entryTexts } from "../texts/entry.ts";
import { toHex } from "../verifier/bytes.ts";
import { Decimal } from "../verifier/cbor.ts";
import type { Configuration, Release, Version } from "../verifier/configuration.ts";
import type { Entry } from "../verifier/entry.ts";
import { type Enrolment, type Revocation, enrolledKid } from "../verifier/statement.ts";
import { statusBits } from "../verifier/statuslist.ts";
import { Fact } from "./fact.tsx";
import { Statement } from "./statement.tsx";

function EnrolmentFacts({ of, texts }: { readonly of: Enrolment; readonly texts: EntryTexts }) {
  const { location } = of;
  return (
    <>
      <Fact name={texts.role}>{of.role}</Fact>
      {of.label !== undefined && <Fact name={texts.label}>{of.label}</Fact>}
      {location !== undefined && (
        <Fact name={texts.location}>
          {String(location.latitude)}, {String(location.longitude)}
        </Fact>
      )}
      <Fact name={texts.enrolledKey}>
        <code>{toHex(enrolledKid(of))}</code>
      </Fact>
    </>
  );
}

function RevocationFacts({ of, texts }: { readonly of: Revocation; readonly texts: EntryTexts }) {
  return (
    <>
      <Fact name={texts.reason}>{texts.reasons[of.reason]}</Fact>
      {of.lastSeq !== undefined && <Fact name={texts.lastSeq}>{String(of.lastSeq)}</Fact>}
      <Fact name={texts.revokedKey}>
        <code>{toHex(of.thumbprint)}</code>
      </Fact>
    </>
  );
}

function ConfigurationFacts({ of, texts }: { readonly of: Configuration; readonly texts: EntryTexts }) {
  return (
    <>
      <Fact name={texts.version}>{String(of.version)}</Fact>
      <Fact name={texts.settings}>
        {Array.from(of.settings, ([name, value]) => (
          <span key={name} class="line">
            {name} = {value instanceof Decimal ? value.toString() : String(value)}
          </span>
        ))}
      </Fact>
    </>
  );
}

function dotted(version: Version): string {
  return version.join(".");
}

function ReleaseFacts({ of, texts }: { readonly of: Release; readonly texts: EntryTexts }) {
  return (
    <>
      <Fact name={texts.version}>
        {dotted(of.version)} · {of.target}
      </Fact>
      {of.files.map(({ path, digest }) => (
        <Fact key={path} name={path}>
          <code>{toHex(digest)}</code>
        </Fact>
      ))}
    </>
  );
}

/** How many bits of a list are set. */
function revokedIn(bits: Uint8Array): number {
  return bits.reduce((sum, byte) => sum + byte.toString(2).replaceAll("0", "").length, 0);
}

/** The facts of all kinds but a statement, which shows its payload. */
function kindFacts(entry: Exclude<Entry, { kind: "statement" }>, texts: EntryTexts, when: (seconds: bigint) => string): ComponentChildren {
  switch (entry.kind) {
    case "enrolment":
      return <EnrolmentFacts of={entry.content} texts={texts} />;
    case "revocation":
      return <RevocationFacts of={entry.content} texts={texts} />;
    case "configuration":
      return <ConfigurationFacts of={entry.content} texts={texts} />;
    case "release":
      return <ReleaseFacts of={entry.content} texts={texts} />;
    case "status-list":
      return <Fact name={texts.revokedCount}>{revokedIn(statusBits(entry.content))}</Fact>;
    case "policy":
      return <Fact name={texts.version}>{String(entry.content.policy.version)}</Fact>;
    case "batch":
      return (
        <>
          <Fact name={texts.records}>{String(entry.content.size)}</Fact>
          <Fact name={texts.closed}>{when(entry.content.closed)}</Fact>
        </>
      );
    case "pruning":
      return (
        <>
          <Fact name={texts.pruned}>{texts.prunedRange(String(entry.content.first), String(entry.content.end))}</Fact>
          <Fact name={texts.keys}>{entry.content.keys.length}</Fact>
        </>
      );
  }
}

interface EntryContentProps {
  readonly entry: Entry;
  /** Undefined where nobody checked that; the entry's own word for it is shown then. */
  readonly signedBy: string | undefined;
}

export function EntryContent({ entry, signedBy }: EntryContentProps) {
  const { language } = useTexts();
  const texts = entryTexts[language];
  const named = entry.kind === "policy" || entry.kind === "batch" ? undefined : entry.content.claims;
  return (
    <section class="entry-content">
      <dl class="facts">
        <Fact name={texts.kind}>{texts.kinds[entry.kind]}</Fact>
        {named !== undefined && <Fact name={texts.subject}>{named.subject}</Fact>}
        {signedBy !== undefined && <Fact name={texts.issuer}>{signedBy}</Fact>}
        {signedBy === undefined && named !== undefined && <Fact name={texts.saysIssuer}>{named.issuer}</Fact>}
        {entry.kind !== "statement" && kindFacts(entry, texts, (seconds) => moment(seconds, language))}
      </dl>
      {entry.kind === "statement" && <Statement statement={entry.content} />}
    </section>
  );
}
