/** The label that is there already, seen by the camera: it names the place. */

import { useRef, useState } from "preact/hooks";
import { useTexts } from "../../hooks/language.tsx";
import { destinationOf } from "../../scanner/destination.ts";
import { provisionTexts } from "../../texts/provision.ts";
import { useCamera } from "../scan/useCamera.ts";

const KINDS: Readonly<Record<string, string>> = { b: "bin", t: "tree" };

/** The subject of a page's path like `/B/12`. */
export function subjectOf(path: string): string | undefined {
  const [, kind, name] = /^\/([bt])\/(.+)$/i.exec(path) ?? [];
  const found = KINDS[kind?.toLowerCase() ?? ""];
  return found === undefined || name === undefined ? undefined : `${found}/${decodeURIComponent(name)}`;
}

export function ScanLabel({ onSubject }: { readonly onSubject: (subject: string) => void }) {
  const { language } = useTexts();
  const texts = provisionTexts[language];
  const video = useRef<HTMLVideoElement>(null);
  const [elsewhere, setElsewhere] = useState(false);
  const onText = (text: string): void => {
    const destination = destinationOf(text, window.location.origin);
    const subject = destination.kind === "here" ? subjectOf(destination.path) : undefined;
    if (subject === undefined) setElsewhere(true);
    else onSubject(subject);
  };
  const { state } = useCamera(video, !elsewhere, onText);
  const seeing = state === "starting" || state === "looking";
  return (
    <div class="scan" data-camera={state}>
      {elsewhere && (
        <p class="trouble" role="alert">
          {texts.elsewhere}
        </p>
      )}
      {!elsewhere && !seeing && <p class="note">{texts.noCamera}</p>}
      <div class="finder" hidden={elsewhere || !seeing}>
        <video ref={video} playsInline muted aria-label={texts.scanning} />
        <span class="corners" aria-hidden="true" />
        <p role="status">{texts.scanning}</p>
      </div>
    </div>
  );
}
