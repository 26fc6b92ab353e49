/** The head of a place's page: its name, the main value large, the other values, and whether all that is proved. */

import type { Device, Reading, Value } from "../../api/types.ts";
import { Level } from "../../components/level.tsx";
import { Quantity, ValueList } from "../../components/values.tsx";
import { ago, moment } from "../../format/time.ts";
import { kindName, mainName, shareOf, valueOf } from "../../format/value.ts";
import type { Check } from "../../hooks/check.ts";
import { useClock } from "../../hooks/clock.ts";
import { useTexts } from "../../hooks/language.tsx";
import { type PlaceTexts, placeTexts } from "../../texts/place.ts";
import type { VerifiedProof } from "../../verifier/verifier.ts";

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

/** What to show of the newest reading: what was signed as soon as it is verified; good values under a false time deceive too. */
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
  const { language } = useTexts();
  const texts = placeTexts[language];
  if (check.outcome?.state === "failed") {
    return (
      <p class="unproved" role="alert" data-proved="failed">
        {texts.unproved}
      </p>
    );
  }
  if (check.outcome?.state !== "verified") return null;
  const newest = check.reading?.seq === reading.seq;
  return (
    <p class="proved" data-proved={newest ? "this" : "earlier"}>
      ✓ {newest ? texts.proved : texts.provedOlder(String(check.reading?.seq))}
    </p>
  );
}

function NewestReading({ device, reading, check }: { readonly device: Device; readonly reading: Reading; readonly check: Check }) {
  const { language, check: checkTexts } = useTexts();
  const texts = placeTexts[language];
  const now = useClock();
  const { values, time, differs } = shownOf(reading, check);
  const name = mainName(device.kind);
  const main = values.find((value) => value.name === name);
  const share = shareOf(values, name);
  const rest = values.filter((value) => value !== main);
  return (
    <>
      {main !== undefined && share !== undefined && (
        <div class="main-value">
          <Level kind={device.kind} share={share} />
          <div>
            <p class="quiet">{device.kind === "tree" ? texts.soilQuestion : texts.fillQuestion}</p>
            <p class="huge" data-main-value={main.text}>
              <Quantity value={main} />
            </p>
            <p class="word">{wordFor(device.kind, share, texts)}</p>
          </div>
        </div>
      )}
      <p class="quiet" title={moment(time, language)}>
        {texts.measured} {ago(time, now, language)} · {texts.readingNumber(String(reading.seq))}
      </p>
      <Proved reading={reading} check={check} />
      {differs && <p class="elsewhere" data-differs="true">{checkTexts.differs}</p>}
      {rest.length > 0 && (
        <>
          <h2>{texts.otherReadings}</h2>
          <ValueList values={rest} />
        </>
      )}
    </>
  );
}

export function Headline({ device, check }: { readonly device: Device; readonly check: Check }) {
  const { common } = useTexts();
  return (
    <section class="card headline" data-subject={device.subject}>
      <h1>{`${kindName(device.kind, common)} ${device.name}`}</h1>
      {device.label !== null && <p class="place">{device.label}</p>}
      {device.latest === null ? (
        <p class="quiet">{common.noReading}</p>
      ) : (
        <NewestReading device={device} reading={device.latest} check={check} />
      )}
    </section>
  );
}
