/** Where else there is room: the nearest bins that are not full. */

import { useEffect, useState } from "preact/hooks";
import { ApiError, fetchBinsWithRoom } from "../../api/client.ts";
import type { NearbySubject, Subject } from "../../api/types.ts";
import { Level } from "../../components/level.tsx";
import { localeOf } from "../../format/time.ts";
import { useTexts } from "../../hooks/language.tsx";
import { type BinTexts, binTexts } from "../../texts/bin.ts";
import type { Language } from "../../texts/language.ts";

const SHOWN = 3;
const METRES_PER_KILOMETRE = 1000;

function distance(metres: number, texts: BinTexts, language: Language): string {
  const format = (value: number, digits: number): string => value.toLocaleString(localeOf(language), { maximumFractionDigits: digits });
  return metres < METRES_PER_KILOMETRE ? texts.metres(format(Math.round(metres / 10) * 10, 0)) : texts.kilometres(format(metres / METRES_PER_KILOMETRE, 1));
}

function Row({ bin }: { readonly bin: NearbySubject }) {
  const { common, language } = useTexts();
  const texts = binTexts[language];
  return (
    <li data-near={bin.subject}>
      <Level kind="bin" share={bin.fill?.value} />
      <div>
        <a href={bin.page ?? "/"}>{`${common.bin} ${bin.name}`}</a>
        {bin.label !== null && <span class="quiet">{bin.label}</span>}
      </div>
      <p>
        <strong>{distance(bin.distance_m, texts, language)}</strong>
        {bin.fill !== null && <span class="quiet">{texts.room(`${Math.round(bin.fill.value * 100)}%`)}</span>}
      </p>
    </li>
  );
}

/** Undefined while nobody knows, or from a server that gives none. */
function useNearest({ location, subject }: Subject): readonly NearbySubject[] | undefined {
  const [found, setFound] = useState<readonly NearbySubject[] | undefined>();
  useEffect(() => {
    if (location === null) return;
    fetchBinsWithRoom(location.latitude, location.longitude, SHOWN + 1).then(
      (bins) => setFound(bins.filter((bin) => bin.subject !== subject).slice(0, SHOWN)),
      (error: unknown) => {
        if (!(error instanceof ApiError)) throw error;
        console.warn("nearest", error.status, error.message);
      },
    );
  }, [subject, location?.latitude, location?.longitude]);
  return found;
}

export function Nearest({ device, full }: { readonly device: Subject; readonly full: boolean }) {
  const { language } = useTexts();
  const texts = binTexts[language];
  const found = useNearest(device);
  if (found === undefined) return null;
  return (
    <section class={full ? "card nearest wanted" : "card nearest"} data-panel="nearest" data-count={found.length}>
      <h2>{texts.nearest}</h2>
      {full && found.length > 0 && <p>{texts.nearestFull}</p>}
      {found.length === 0 && <p class="quiet">{texts.nearestNone}</p>}
      <ul>
        {found.map((bin) => (
          <Row key={bin.subject} bin={bin} />
        ))}
      </ul>
    </section>
  );
}
