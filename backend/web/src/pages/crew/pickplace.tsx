/** A map whose middle is the place: moved by fingers, mouse or keys. Loaded only when somebody asks for it. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Point } from "../../crew/types.ts";
import { useTexts } from "../../hooks/language.tsx";
import { crewTexts } from "../../texts/crew.ts";
import "../../styles/map.css";
import { CityMap } from "../map/canvas.ts";
import { readColours } from "../map/colours.ts";
import type { Look } from "../map/types.ts";
import { useMapView } from "../map/useMapView.ts";

const EVERYTHING = { kind: null, state: null } as const;

interface Props {
  readonly at: Point | undefined;
  readonly onPlace: (point: Point) => void;
  /** What is said by choosing: that one is there oneself, unless it is about something else. */
  readonly says?: string;
}

function middleOf({ box: { west, south, east, north } }: Look): Point {
  return { latitude: (south + north) / 2, longitude: (west + east) / 2 };
}

export function PickPlace({ at, onPlace, says }: Props) {
  const { language, common } = useTexts();
  const texts = crewTexts[language];
  const target = useRef<HTMLDivElement>(null);
  const [look, setLook] = useState<Look>();
  const [city, setCity] = useState<CityMap>();
  const { state } = useMapView(EVERYTHING, look);
  const view = state.state === "ready" ? state.view : undefined;
  const known = view !== undefined;
  useEffect(() => {
    if (target.current === null || view === undefined) return undefined;
    const made = new CityMap(target.current, readColours(), { moved: setLook, place: (place) => onPlace(place) });
    made.setBase(view);
    if (at !== undefined) made.fit({ west: at.longitude, east: at.longitude, south: at.latitude, north: at.latitude }, false);
    else if (view.extent !== null) made.fit(view.extent, false);
    setCity(made);
    return () => made.close();
  }, [known]);
  useEffect(() => {
    if (view !== undefined) city?.show(view, language);
  }, [city, view, language]);
  return (
    <div class="crew-pick">
      {state.state === "error" && <p class="note">{common.unreachable}</p>}
      <div class="map-frame">
        <div class="map-canvas" ref={target} tabIndex={0} role="application" aria-label={texts.map} aria-describedby="pick-hint" data-map={city !== undefined} />
        <span class="crosshair" aria-hidden="true" />
      </div>
      <p id="pick-hint" class="note">
        {texts.mapHint}
      </p>
      <button type="button" disabled={look === undefined} data-action="here" onClick={() => look !== undefined && onPlace(middleOf(look))}>
        {says ?? texts.here}
      </button>
    </div>
  );
}
