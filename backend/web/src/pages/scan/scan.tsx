/** Page that scans a code on a bin, on a tree or on a bin's display, and leads to its page. */

import { useRef, useState } from "preact/hooks";
import { Frame, Notice } from "../../components/frame.tsx";
import { useTexts } from "../../hooks/language.tsx";
import { useRealm } from "../../hooks/realm.ts";
import { type Destination, destinationOf, pathFor } from "../../scanner/destination.ts";
import { makeDetector } from "../../scanner/detector.ts";
import { type ScanTexts, scanTexts } from "../../texts/scan.ts";
import { type CameraState, useCamera } from "./useCamera.ts";

/** The text of a code in a photo from the reader's device; undefined for one without, and for what is no picture. */
async function readPhoto(file: File): Promise<string | undefined> {
  try {
    const picture = await createImageBitmap(file);
    const { detect } = await makeDetector();
    return await detect(picture);
  } catch (error) {
    if (error instanceof DOMException) return undefined;
    throw error;
  }
}

function Found({ destination, onAgain, texts }: { readonly destination: Destination; readonly onAgain: () => void; readonly texts: ScanTexts }) {
  if (destination.kind === "here") return <Notice kind="loading" title={texts.found} />;
  return (
    <div class="elsewhere" role="alert" data-found={destination.kind}>
      <p>
        <strong>{destination.kind === "elsewhere" ? texts.elsewhere(destination.host) : texts.notACode}</strong>
      </p>
      {destination.kind === "elsewhere" ? <p>{texts.elsewhereHint}</p> : <p class="says">{destination.text}</p>}
      <p class="downloads">
        <button type="button" onClick={onAgain} data-action="scan-again">
          {texts.again}
        </button>
        {destination.kind === "elsewhere" && (
          <a class="button plain" href={destination.url} rel="noreferrer">
            {texts.follow}
          </a>
        )}
      </p>
    </div>
  );
}

function NoCamera({ state, texts }: { readonly state: CameraState; readonly texts: ScanTexts }) {
  if (state === "denied") return <Notice kind="empty" title={texts.denied} hint={texts.deniedHint} />;
  return <Notice kind="empty" title={texts.noCamera} hint={state === "insecure" ? texts.insecure : texts.noCameraHint} />;
}

function Otherwise({ onText, texts }: { readonly onText: (text: string) => void; readonly texts: ScanTexts }) {
  const { common } = useTexts();
  const [name, setName] = useState("");
  const [kind, setKind] = useState<"b" | "t">("b");
  const [nothing, setNothing] = useState(false);
  const onPhoto = async (input: HTMLInputElement): Promise<void> => {
    const file = input.files?.[0];
    if (file === undefined) return;
    const text = await readPhoto(file);
    setNothing(text === undefined);
    if (text !== undefined) onText(text);
    input.value = "";
  };
  const go = (event: Event): void => {
    event.preventDefault();
    if (name.trim() !== "") window.location.assign(`/${kind}/${encodeURIComponent(name.trim())}`);
  };
  return (
    <section class="card otherwise">
      <label class="button plain">
        {texts.fromPhoto}
        <input class="unseen" type="file" accept="image/*" data-action="scan-photo" onChange={(event) => void onPhoto(event.currentTarget)} />
      </label>
      {nothing && (
        <p class="elsewhere" role="status" data-photo="nothing">
          {texts.nothingInPhoto}
        </p>
      )}
      <form class="by-name" onSubmit={go}>
        <label>
          <span>{texts.byName}</span>
          <span class="row">
            <select value={kind} aria-label={`${common.bin}, ${common.tree}`} onChange={(event) => setKind(event.currentTarget.value as "b" | "t")}>
              <option value="b">{common.bin}</option>
              <option value="t">{common.tree}</option>
            </select>
            <input type="text" value={name} placeholder={texts.byNameHint} maxLength={48} aria-label={texts.byName} onInput={(event) => setName(event.currentTarget.value)} />
            <button type="submit">{texts.go}</button>
          </span>
        </label>
      </form>
    </section>
  );
}

export function ScanPage() {
  const { language, common } = useTexts();
  const texts = scanTexts[language];
  const video = useRef<HTMLVideoElement>(null);
  const [found, setFound] = useState<Destination | undefined>();
  const onText = (text: string): void => {
    const destination = destinationOf(text, window.location.origin);
    setFound(destination);
    if (destination.kind === "here") window.location.assign(pathFor(destination.path, window.location.hash));
  };
  const { state, detector } = useCamera(video, found === undefined, onText);
  const seeing = state === "starting" || state === "looking";
  return (
    <Frame realm={useRealm()}>
      <p class="back">
        <a href="/">← {common.overview}</a>
      </p>
      <div class="scan" data-camera={state} data-detector={detector}>
        <div class="intro">
          <h1>{texts.title}</h1>
          <p>{texts.lead}</p>
        </div>
        {found !== undefined && <Found destination={found} onAgain={() => setFound(undefined)} texts={texts} />}
        {found === undefined && !seeing && <NoCamera state={state} texts={texts} />}
        <div class="finder" hidden={found !== undefined || !seeing}>
          {/* A camera's own picture has nothing to say that could be captions. */}
          <video ref={video} playsInline muted aria-label={texts.looking} />
          <span class="corners" aria-hidden="true" />
          <p role="status">{state === "starting" ? texts.starting : texts.looking}</p>
        </div>
        <Otherwise onText={onText} texts={texts} />
        <p class="note">{texts.privacy}</p>
      </div>
    </Frame>
  );
}
