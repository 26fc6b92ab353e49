/** The map with its filters, and the list of what is in view beside it. */

import { useEffect, useRef, useState } from "preact/hooks";
import { Frame, Notice } from "../../components/frame.tsx";
import { useTexts } from "../../hooks/language.tsx";
import { mapTexts } from "../../texts/map.ts";
import { CityMap } from "./canvas.ts";
import { onScheme, readColours } from "./colours.ts";
import { Places, StateSign } from "./places.tsx";
import { type Box, type Filter, type Look, type MapView, STATES } from "./types.ts";
import { useMapView } from "./useMapView.ts";

interface FiltersProps {
  readonly filter: Filter;
  readonly kinds: readonly string[];
  readonly onFilter: (filter: Filter) => void;
}

function Filters({ filter, kinds, onFilter }: FiltersProps) {
  const { language } = useTexts();
  const texts = mapTexts[language];
  const kindName = (kind: string | null): string => (kind === null ? texts.all : kind === "bin" ? texts.bins : kind === "tree" ? texts.trees : kind);
  return (
    <div class="map-filters">
      {kinds.length > 1 && (
        <div class="segments" role="group" aria-label={texts.kind}>
          {[null, ...kinds].map((kind) => (
            <button key={kind} type="button" aria-pressed={filter.kind === kind} data-kind={kind ?? "all"} onClick={() => onFilter({ ...filter, kind })}>
              {kindName(kind)}
            </button>
          ))}
        </div>
      )}
      <div class="segments map-legend" role="group" aria-label={texts.state}>
        {[null, ...STATES].map((state) => (
          <button key={state} type="button" aria-pressed={filter.state === state} data-state={state ?? "any"} onClick={() => onFilter({ ...filter, state })}>
            {state !== null && <StateSign state={state} />}
            {state === null ? texts.anyState : texts.states[state]}
          </button>
        ))}
      </div>
    </div>
  );
}

interface CanvasProps {
  readonly view: MapView;
  readonly shown: Box | undefined;
  readonly onLook: (look: Look) => void;
}

function Canvas({ view, shown, onLook }: CanvasProps) {
  const { language } = useTexts();
  const texts = mapTexts[language];
  const target = useRef<HTMLDivElement>(null);
  const [city, setCity] = useState<CityMap>();
  useEffect(() => {
    if (target.current === null) return undefined;
    const made = new CityMap(target.current, readColours(), {
      moved: onLook,
      place: ({ page }) => page !== null && window.location.assign(page),
    });
    made.setBase(view);
    if (view.extent !== null) made.fit(view.extent, false);
    setCity(made);
    return () => made.close();
  }, []);
  useEffect(() => city?.show(view, language), [city, view, language]);
  useEffect(() => (city === undefined ? undefined : onScheme(() => city.recolour(readColours(), view, language))), [city, view, language]);
  useEffect(() => {
    if (shown !== undefined) city?.fit(shown, true);
  }, [city, shown]);
  return (
    <div class="map-frame">
      <div class="map-canvas" ref={target} tabIndex={0} role="application" aria-label={texts.map} aria-describedby="map-keys" data-map={city !== undefined} />
      <div class="map-tools">
        <button type="button" class="plain" aria-label={texts.zoomIn} onClick={() => city?.zoomBy(1)}>
          +
        </button>
        <button type="button" class="plain" aria-label={texts.zoomOut} onClick={() => city?.zoomBy(-1)}>
          −
        </button>
        <button type="button" class="plain" aria-label={texts.everything} onClick={() => view.extent !== null && city?.fit(view.extent, true)}>
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path d="M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5" />
          </svg>
        </button>
      </div>
      <p class="map-note map-keys quiet" id="map-keys">
        {texts.keys}
      </p>
      {view.base === null && <p class="map-note quiet">{texts.plain}</p>}
    </div>
  );
}

function Empty() {
  const { language } = useTexts();
  const texts = mapTexts[language];
  return <Notice kind="empty" title={texts.empty} hint={texts.emptyHint} />;
}

export function MapPage() {
  const { common, language } = useTexts();
  const texts = mapTexts[language];
  const [filter, setFilter] = useState<Filter>({ kind: null, state: null });
  const [look, setLook] = useState<Look>();
  const [shown, setShown] = useState<Box>();
  const { state, path, reload } = useMapView(filter, look);
  return (
    <Frame realm={state.state === "ready" ? state.view.realm : undefined}>
      <h1 class="map-title">{texts.title}</h1>
      {state.state === "loading" && <Notice kind="loading" title={common.loading} />}
      {state.state === "error" && (
        <Notice kind="error" title={common.unreachable} hint={state.detail}>
          <button type="button" class="plain" onClick={reload}>
            {common.retry}
          </button>
        </Notice>
      )}
      {state.state === "ready" && state.view.extent === null && <Empty />}
      {state.state === "ready" && state.view.extent !== null && (
        <>
          <Filters filter={filter} kinds={state.view.kinds} onFilter={setFilter} />
          {!state.fresh && (
            <p class="kept" role="status" data-stale>
              {texts.stale}
            </p>
          )}
          <div class="map-parts">
            <Canvas view={state.view} shown={shown} onLook={setLook} />
            <Places view={state.view} show={setShown} path={path} />
          </div>
        </>
      )}
    </Frame>
  );
}
