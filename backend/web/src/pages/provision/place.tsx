/** Step 2: where the device is, and what it is called there. */

import { useEffect, useState } from "preact/hooks";
import { ApiError, json } from "../../api/client.ts";
import type { NearbySubject } from "../../api/types.ts";
import { placeName } from "../../format/value.ts";
import { useTexts } from "../../hooks/language.tsx";
import { provisionTexts } from "../../texts/provision.ts";
import { lazy } from "../crew/lazy.ts";
import { Field } from "./field.tsx";
import type { Form } from "./form.ts";
import { ScanLabel } from "./scanlabel.tsx";

const PATIENCE_MS = 15_000;
const MAX_AGE_MS = 60_000; // somebody walks eighty metres meanwhile
const DIGITS = 6; // a tenth of a metre
const NEARBY = "6";

const PickPlace = lazy(() => import("../crew/pickplace.tsx").then((module) => module.PickPlace));

interface Props {
  readonly form: Form;
  readonly fixed: boolean;
  readonly onForm: (form: Form) => void;
}

/** What the city knows near these degrees; undefined while nobody can say. */
function useNearby({ kind, latitude, longitude }: Form): readonly NearbySubject[] | undefined {
  const [found, setFound] = useState<readonly NearbySubject[] | undefined>();
  useEffect(() => {
    setFound(undefined);
    if (latitude === "" || longitude === "") return undefined;
    const abort = new AbortController();
    const query = new URLSearchParams({ near: `${latitude},${longitude}`, kind, limit: NEARBY });
    json<{ readonly subjects: readonly NearbySubject[] }>(`/api/v1/subjects?${query.toString()}`, abort.signal).then(
      ({ subjects }) => setFound(subjects),
      (error: unknown) => {
        if (!(error instanceof ApiError || error instanceof DOMException)) throw error;
      },
    );
    return () => abort.abort();
  }, [kind, latitude, longitude]);
  return found;
}

function Nearby({ form, onForm }: Omit<Props, "fixed">) {
  const { common, language } = useTexts();
  const texts = provisionTexts[language];
  const found = useNearby(form);
  if (found === undefined) return null;
  return (
    <div data-nearby={found.length}>
      <h3>{texts.nearby}</h3>
      {found.length === 0 && <p class="quiet">{texts.noneNearby}</p>}
      <ul class="provision-list">
        {found.map(({ subject, name, label, distance_m: metres }) => (
          <li key={subject}>
            <button type="button" class="plain" data-near={subject} onClick={() => onForm({ ...form, name, label: label ?? form.label })}>
              {placeName(subject, common)}
            </button>
            <span class="quiet">{[label, texts.metres(String(metres))].filter((part) => part !== null).join(" · ")}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Position({ form, onForm }: Omit<Props, "fixed">) {
  const { language } = useTexts();
  const texts = provisionTexts[language];
  const [state, setState] = useState<"idle" | "asking" | "none">("idle");
  const [picking, setPicking] = useState(false);
  const at = (latitude: number, longitude: number): void => onForm({ ...form, latitude: latitude.toFixed(DIGITS), longitude: longitude.toFixed(DIGITS) });
  const locate = (): void => {
    if (!("geolocation" in navigator)) return setState("none");
    setState("asking");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        setState("idle");
        at(coords.latitude, coords.longitude);
      },
      () => setState("none"),
      { enableHighAccuracy: true, timeout: PATIENCE_MS, maximumAge: MAX_AGE_MS },
    );
  };
  return (
    <>
      <p class="downloads">
        <button type="button" class="plain" data-action="locate" disabled={state === "asking"} onClick={locate}>
          {state === "asking" ? texts.locating : texts.here}
        </button>
        <button type="button" class="plain" data-action="pick" aria-expanded={picking} onClick={() => setPicking(!picking)}>
          {picking ? texts.closeMap : texts.onMap}
        </button>
      </p>
      {state === "none" && (
        <p class="note" role="status">
          {texts.noPosition}
        </p>
      )}
      {picking && (
        <PickPlace
          at={form.latitude === "" ? undefined : { latitude: Number(form.latitude), longitude: Number(form.longitude) }}
          says={texts.pickHere}
          onPlace={({ latitude, longitude }) => {
            at(latitude, longitude);
            setPicking(false);
          }}
        />
      )}
    </>
  );
}

export function Place({ form, fixed, onForm }: Props) {
  const { common, language } = useTexts();
  const texts = provisionTexts[language];
  const [scanning, setScanning] = useState(false);
  const scanned = (subject: string): void => {
    const [kind = "bin", name = ""] = subject.split("/");
    setScanning(false);
    onForm({ ...form, kind, name });
  };
  return (
    <section class="card provision-step" data-step="place" data-subject={`${form.kind}/${form.name}`}>
      <h2>{texts.place}</h2>
      <p class="quiet">{texts.placeHint}</p>
      <p class="downloads">
        <button type="button" class="plain" data-action="scan-label" disabled={fixed} aria-expanded={scanning} onClick={() => setScanning(!scanning)}>
          {scanning ? texts.stopScan : texts.scan}
        </button>
      </p>
      {scanning && <ScanLabel onSubject={scanned} />}
      <div class="provision-fields">
        <label class="field">
          <span>{texts.kind}</span>
          <select value={form.kind} disabled={fixed} data-field="kind" onChange={(event) => onForm({ ...form, kind: event.currentTarget.value })}>
            <option value="bin">{common.bin}</option>
            <option value="tree">{common.tree}</option>
          </select>
        </label>
        <Field label={texts.number} hint={texts.numberHint} name="name" value={form.name} maxLength={48} disabled={fixed} onValue={(name) => onForm({ ...form, name })} />
        <Field label={texts.label} hint={texts.labelHint} name="label" value={form.label} maxLength={96} onValue={(label) => onForm({ ...form, label })} />
        <Field label={texts.asset} name="asset" value={form.asset} maxLength={24} onValue={(asset) => onForm({ ...form, asset })} />
        <Field label={texts.latitude} name="latitude" value={form.latitude} maxLength={17} onValue={(latitude) => onForm({ ...form, latitude })} />
        <Field label={texts.longitude} name="longitude" value={form.longitude} maxLength={18} onValue={(longitude) => onForm({ ...form, longitude })} />
      </div>
      <Position form={form} onForm={onForm} />
      {!fixed && <Nearby form={form} onForm={onForm} />}
    </section>
  );
}
