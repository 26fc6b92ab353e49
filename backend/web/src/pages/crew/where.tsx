/** Saying where one is: by the phone's position, on a map, or at a device by its number. */

import { useEffect, useId, useState } from "preact/hooks";
import { lazy } from "./lazy.ts";
import type { CrewStore } from "../../crew/store.ts";
import type { Point } from "../../crew/types.ts";
import { useTexts } from "../../hooks/language.tsx";
import { crewTexts } from "../../texts/crew.ts";

const KEY = "spot";
const PATIENCE_MS = 15_000;
const MAX_AGE_MS = 60_000; // somebody walks eighty metres meanwhile

export interface Spot {
  readonly point: Point;
  readonly source: "position" | "map";
}

/** Where one was last; it stays on this phone. */
export function useSpot(store: CrewStore): { readonly spot: Spot | undefined; readonly choose: (spot: Spot) => void } {
  const [spot, setSpot] = useState<Spot | undefined>();
  useEffect(() => {
    void store.kept<Spot>(KEY).then((kept) => setSpot((before) => before ?? kept?.value));
  }, [store]);
  const choose = (chosen: Spot): void => {
    setSpot(chosen);
    void store.keep(KEY, chosen, Date.now());
  };
  return { spot, choose };
}

type Locating = "idle" | "asking" | "refused" | "none";

function useLocating(onSpot: (spot: Spot) => void): { readonly state: Locating; readonly ask: () => void } {
  const [state, setState] = useState<Locating>("idle");
  const ask = (): void => {
    if (!("geolocation" in navigator)) return setState("none");
    setState("asking");
    navigator.geolocation.getCurrentPosition(
      ({ coords: { latitude, longitude } }) => {
        setState("idle");
        onSpot({ point: { latitude, longitude }, source: "position" });
      },
      ({ code, PERMISSION_DENIED }) => setState(code === PERMISSION_DENIED ? "refused" : "none"),
      { enableHighAccuracy: true, timeout: PATIENCE_MS, maximumAge: MAX_AGE_MS },
    );
  };
  return { state, ask };
}

function ByNumber() {
  const { common, language } = useTexts();
  const texts = crewTexts[language];
  const [kind, setKind] = useState("bin");
  const [name, setName] = useState("");
  const id = useId();
  const go = (event: Event): void => {
    event.preventDefault();
    const wanted = name.trim();
    if (wanted !== "") window.location.hash = `#${kind}/${encodeURIComponent(wanted)}`;
  };
  return (
    <form class="by-name" onSubmit={go}>
      <label for={id}>{texts.byNumber}</label>
      <span class="row">
        <select value={kind} aria-label={`${common.bin}, ${common.tree}`} onChange={(event) => setKind(event.currentTarget.value)}>
          <option value="bin">{common.bin}</option>
          <option value="tree">{common.tree}</option>
        </select>
        <input id={id} type="text" value={name} placeholder={texts.number} maxLength={48} autocapitalize="none" onInput={(event) => setName(event.currentTarget.value)} />
        <button type="submit" data-action="open-number">
          {texts.open}
        </button>
      </span>
    </form>
  );
}

const PickPlace = lazy(() => import("./pickplace.tsx").then((module) => module.PickPlace));

export function Where({ spot, onSpot }: { readonly spot: Spot | undefined; readonly onSpot: (spot: Spot) => void }) {
  const { language } = useTexts();
  const texts = crewTexts[language];
  const { state, ask } = useLocating(onSpot);
  const [picking, setPicking] = useState(false);
  const [changing, setChanging] = useState(false);
  const open = spot === undefined || changing;
  const chosen = (point: Point): void => {
    setPicking(false);
    onSpot({ point, source: "map" });
  };
  useEffect(() => setChanging(false), [spot]);
  return (
    <section class="card crew-where" aria-label={texts.where} data-locating={state} data-spot={spot?.source ?? "none"}>
      <p class="crew-spot">
        <span class="quiet">{spot === undefined ? texts.where : spot.source === "position" ? texts.nearPosition : texts.nearMap}</span>
        {spot !== undefined && (
          <button type="button" class="plain" data-action="change-place" aria-expanded={open} onClick={() => setChanging(!changing)}>
            {texts.change}
          </button>
        )}
      </p>
      <p class="downloads" hidden={!open}>
        <button type="button" class={spot === undefined ? "" : "plain"} data-action="position" disabled={state === "asking"} onClick={ask}>
          {state === "asking" ? texts.locating : texts.position}
        </button>
        <button type="button" class="plain" data-action="pick" aria-expanded={picking} onClick={() => setPicking(!picking)}>
          {picking ? texts.closeMap : texts.onMap}
        </button>
      </p>
      {(state === "refused" || state === "none") && (
        <p class="note" role="status">
          {state === "refused" ? texts.refused : texts.noPosition}
        </p>
      )}
      {open && picking && <PickPlace at={spot?.point} onPlace={chosen} />}
      <ByNumber />
      <p>
        <a class="button plain" href="/scan#crew" data-action="scan-label">
          {texts.scan}
        </a>
      </p>
    </section>
  );
}
