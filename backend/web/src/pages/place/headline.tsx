/** The head of a place's page: its name, where it is, the main value large, and whether that is proved. */

import type { Current, Measured, Reading, Subject, Value } from "../../api/types.ts";
import { Level } from "../../components/level.tsx";
import { Quantity } from "../../components/values.tsx";
import { ago, moment } from "../../format/time.ts";
import { kindName, mainName, shareOf, valueOf } from "../../format/value.ts";
import type { Check } from "../../hooks/check.ts";
import { useClock } from "../../hooks/clock.ts";
import { useTexts } from "../../hooks/language.tsx";
import { binTexts } from "../../texts/bin.ts";
import { type PlaceTexts, placeTexts } from "../../texts/place.ts";
import type { VerifiedProof } from "../../verifier/verifier.ts";
import { BinFacts } from "./binfacts.tsx";
import type { PlaceState } from "./current.ts";
import { OtherValues } from "./othervalues.tsx";
import { TreeFacts } from "./treefacts.tsx";

/** From here on a bin is called nearly full; below the second it has plenty of room. */
const NEARLY_FULL = 0.8;
const MUCH_ROOM = 0.4;
/** Volumetric water content of common city soils: below, plants wilt; above, the pores are full. */
const DRY = 0.15;
const WET = 0.4;
/** What the server writes as a time. */
const LAST_YEAR = 9999;

function wordFor(kind: string, share: number, texts: PlaceTexts): string {
  if (kind === "tree") return share < DRY ? texts.dry : share > WET ? texts.wet : texts.moist;
  return share >= NEARLY_FULL ? texts.nearlyFull : share < MUCH_ROOM ? texts.muchRoom : texts.half;
}

/** Whether a bin is so full that people are sent to another. */
export function isNearlyFull(values: PlaceState["values"]): boolean {
  return (shareOf([...values.values()], "fill") ?? 0) >= NEARLY_FULL;
}

function sameValues(shown: readonly Value[], signed: readonly Value[]): boolean {
  return shown.length === signed.length && shown.every(({ name, text }, i) => signed[i]?.name === name && signed[i]?.text === text);
}

/** ISO text of the time that the device signed, or where its clock was not set, the gateway; undefined beyond the year 9999. */
function signedTime({ record, header }: VerifiedProof): string | undefined {
  const date = new Date(Number(record.pack.baseTime ?? header.closed) * 1000);
  // The comparison is false for a date that no calendar reaches, too.
  return date.getUTCFullYear() <= LAST_YEAR ? date.toISOString() : undefined;
}

interface Shown {
  readonly values: readonly Value[];
  /** ISO text. */
  readonly time: string;
  /** Whether the server said something else than was signed. */
  readonly differs: boolean;
}

/** What to show of a reading: what was signed as soon as it is verified; good values under a false time deceive too. */
function shownOf(reading: Reading, { outcome, reading: checked }: Check): Shown {
  const { values, time, received } = reading;
  const said = time ?? received;
  if (outcome?.state !== "verified" || checked?.seq !== reading.seq) return { values, time: said, differs: false };
  const signed = outcome.proof.record.pack.measurements.map(valueOf);
  const when = signedTime(outcome.proof);
  const elsewhen = when !== undefined && Math.abs(Date.parse(said) - Date.parse(when)) >= 1000;
  return { values: signed, time: when ?? received, differs: elsewhen || !sameValues(values, signed) };
}

function Proved({ reading, check }: { readonly reading: Reading; readonly check: Check }) {
  const { language, check: texts } = useTexts();
  const { proved, provedOlder, unproved } = placeTexts[language];
  if (check.outcome?.state === "failed") {
    return (
      <p class="unproved" role="alert" data-proved="failed">
        {unproved}
      </p>
    );
  }
  if (check.outcome?.state !== "verified") return <p class="proving quiet">{check.waiting ? texts.waiting : texts.checking}</p>;
  const newest = check.reading?.seq === reading.seq;
  return (
    <p class="proved" data-proved={newest ? "this" : "earlier"}>
      <a href="#check">✓ {newest ? proved : provedOlder(String(check.reading?.seq))}</a>
    </p>
  );
}

/** The main value, large; the reading's own time below. */
function Main({ kind, main, check }: { readonly kind: string; readonly main: Current; readonly check: Check }) {
  const { language, check: checkTexts } = useTexts();
  const texts = placeTexts[language];
  const now = useClock();
  const { values, time, differs } = shownOf(main.reading, check);
  const value = values.find(({ name }) => name === main.name) ?? main;
  const share = shareOf([value], main.name);
  const failed = check.outcome?.state === "failed";
  return (
    <>
      <div class={failed ? "main-value doubted" : "main-value"}>
        <Level kind={kind} share={share} />
        <div>
          <p class="quiet">{kind === "tree" ? texts.soilQuestion : texts.fillQuestion}</p>
          <p class="huge" data-main-value={value.text}>
            <Quantity value={value} />
          </p>
          {share !== undefined && <p class={share >= NEARLY_FULL && kind === "bin" ? "word much" : "word"}>{wordFor(kind, share, texts)}</p>}
        </div>
      </div>
      <p class="quiet measured" title={moment(time, language)}>
        {texts.measured} {ago(time, now, language)} · {texts.readingNumber(String(main.reading.seq))}
      </p>
      <Proved reading={main.reading} check={check} />
      {differs && (
        <p class="elsewhere" data-differs="true">
          {checkTexts.differs}
        </p>
      )}
    </>
  );
}

function Where({ device }: { readonly device: Subject }) {
  const { language } = useTexts();
  const { label, location } = device;
  if (label === null && location === null) return null;
  const at = location === null ? undefined : `${location.latitude}/${location.longitude}`;
  return (
    <p class="place">
      {label}{" "}
      {location !== null && (
        <a
          class="map-link"
          href={`https://www.openstreetmap.org/?mlat=${location.latitude}&mlon=${location.longitude}#map=18/${at}`}
          rel="noreferrer"
          data-action="map"
        >
          {binTexts[language].map}
        </a>
      )}
    </p>
  );
}

/** The head of a place where nothing measures: what the city says of it. */
export function PlainHeadline({ subject }: { readonly subject: Subject }) {
  const { common, language } = useTexts();
  return (
    <section class="card headline" data-subject={subject.subject} data-device="none">
      <h1>{`${kindName(subject.kind, common)} ${subject.name}`}</h1>
      <Where device={subject} />
      <p class="quiet">{placeTexts[language].noDevice}</p>
      {subject.kind === "bin" && <BinFacts device={subject} emptied={null} />}
      {subject.kind === "tree" && <TreeFacts device={subject} />}
    </section>
  );
}

interface HeadlineProps {
  readonly device: Measured;
  readonly state: PlaceState;
  /** Of the reading that has the main value. */
  readonly check: Check;
}

export function Headline({ device, state, check }: HeadlineProps) {
  const { common } = useTexts();
  const main = state.values.get(mainName(device.kind));
  const others = [...state.values.values()].filter((value) => value !== main);
  return (
    <section class="card headline" data-subject={device.subject}>
      <h1>{`${kindName(device.kind, common)} ${device.name}`}</h1>
      <Where device={device} />
      {main !== undefined && <Main kind={device.kind} main={main} check={check} />}
      {main === undefined && device.latest === null && <p class="quiet">{common.noReading}</p>}
      {main === undefined && device.latest !== null && <Proved reading={device.latest} check={check} />}
      {device.kind === "bin" && <BinFacts device={device} emptied={state.emptied} />}
      {device.kind === "tree" && <TreeFacts device={device} />}
      <OtherValues device={device} values={others} />
    </section>
  );
}
