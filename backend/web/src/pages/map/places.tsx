/** The list beside the map: what is in view, for the keyboard and for readers who see no map. */

import { Files } from "../../components/files.tsx";
import { count } from "../../format/time.ts";
import { placeName } from "../../format/value.ts";
import { useTexts } from "../../hooks/language.tsx";
import { type MapTexts, mapTexts } from "../../texts/map.ts";
import type { Box, Cluster, MapView, Place, PlaceState } from "./types.ts";

const LISTED = 100; // more are found by coming nearer
const RANK: readonly PlaceState[] = ["faulty", "silent", "full", "unknown", "ok"];

export function StateSign({ state }: { readonly state: PlaceState }) {
  return <span class={`map-sign map-sign-${state}`} aria-hidden="true" />;
}

function worstFirst<T>(items: readonly T[], state: (item: T) => PlaceState | undefined): readonly T[] {
  return [...items].sort((a, b) => RANK.indexOf(state(a) ?? "ok") - RANK.indexOf(state(b) ?? "ok"));
}

function PlaceRow({ place }: { readonly place: Place }) {
  const { common, language } = useTexts();
  const texts = mapTexts[language];
  const name = placeName(place.subject, common);
  const state = place.states[0] ?? "unknown";
  return (
    <li data-place={place.subject} data-state={state}>
      <StateSign state={state} />
      <span class="map-name">
        {place.page === null ? name : <a href={place.page}>{name}</a>}
        {place.label !== null && <span class="quiet">{place.label}</span>}
        {state !== "unknown" && (
          <a class="map-evidence" href={`/devices/${place.subject}`} data-action="device">
            {texts.evidence}
            <span class="unseen"> {name}</span>
          </a>
        )}
      </span>
      <span class="map-states">{place.states.map((each) => texts.states[each]).join(", ")}</span>
    </li>
  );
}

function parts(cluster: Cluster, texts: MapTexts, written: (number: number) => string): string {
  const some = (["faulty", "silent", "full"] as const).filter((state) => cluster[state] > 0);
  return some.map((state) => texts.of(written(cluster[state]), texts.states[state])).join(", ");
}

function ClusterRow({ cluster, show }: { readonly cluster: Cluster; readonly show: (box: Box) => void }) {
  const { language } = useTexts();
  const texts = mapTexts[language];
  const written = (number: number): string => count(number, language);
  return (
    <li data-cluster={cluster.count} data-state={cluster.state}>
      <StateSign state={cluster.state} />
      <button type="button" class="map-group" onClick={() => show(cluster.box)}>
        {texts.cluster(written(cluster.count))}
      </button>
      <span class="map-states">{parts(cluster, texts, written)}</span>
    </li>
  );
}

interface PlacesProps {
  readonly view: MapView;
  readonly show: (box: Box) => void;
  /** Of the API's answer that is shown. */
  readonly path: string;
}

export function Places({ view, show, path }: PlacesProps) {
  const { language } = useTexts();
  const texts = mapTexts[language];
  const clusters = worstFirst(view.clusters, ({ state }) => state).slice(0, LISTED);
  const places = worstFirst(view.places, ({ states }) => states[0]).slice(0, LISTED);
  const rest = view.places.length - places.length;
  return (
    <section class="map-list card" aria-label={texts.inView(view.total, count(view.total, language))}>
      <h2 aria-live="polite" data-total={view.total}>
        {texts.inView(view.total, count(view.total, language))}
      </h2>
      {view.total === 0 && <p class="quiet">{texts.nothingHint}</p>}
      {clusters.length > 0 && <p class="quiet">{texts.clusters}</p>}
      <ul>
        {clusters.map((cluster) => (
          <ClusterRow key={`${cluster.latitude} ${cluster.longitude}`} cluster={cluster} show={show} />
        ))}
        {places.map((place) => (
          <PlaceRow key={place.subject} place={place} />
        ))}
      </ul>
      {rest > 0 && <p class="quiet">{texts.more(count(rest, language))}</p>}
      <Files path={path} of={texts.map} />
    </section>
  );
}
