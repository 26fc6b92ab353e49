/** The camera as a video, and the first code that is seen in it. */

import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";
import { makeDetector } from "../../scanner/detector.ts";

/** Between two looks: a phone stays cool, and a code is found at once all the same. */
const LOOK_MS = 150;

export type CameraState = "starting" | "looking" | "denied" | "none" | "insecure";

function stateOf(error: DOMException): CameraState {
  return error.name === "NotAllowedError" || error.name === "SecurityError" ? "denied" : "none";
}

/** Looks until it has found a code, or `stopped`. */
async function look(video: HTMLVideoElement, onKind: (kind: string) => void, stopped: () => boolean): Promise<string | undefined> {
  const { kind, detect } = await makeDetector();
  onKind(kind);
  while (!stopped()) {
    const text = video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA ? await detect(video) : undefined;
    if (text !== undefined) return text;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return undefined;
}

interface Camera {
  readonly state: CameraState;
  /** Which detector looks: `built-in`, `zxing`. */
  readonly detector: string | undefined;
}

/** Runs while `on`; `onFound` is told of the first code, and the camera is off then. */
export function useCamera(ref: RefObject<HTMLVideoElement | null>, on: boolean, onFound: (text: string) => void): Camera {
  const [state, setState] = useState<CameraState>("starting");
  const [detector, setDetector] = useState<string | undefined>();
  useEffect(() => {
    const video = ref.current;
    if (!on || video === null) return undefined;
    if (navigator.mediaDevices === undefined) {
      setState(window.isSecureContext ? "none" : "insecure");
      return undefined;
    }
    let stream: MediaStream | undefined;
    let stopped = false;
    const stop = (): void => {
      stopped = true;
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
    const run = async (): Promise<void> => {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
      if (stopped) return stop();
      video.srcObject = stream;
      await video.play();
      setState("looking");
      const text = await look(video, setDetector, () => stopped);
      stop();
      if (text !== undefined) onFound(text);
    };
    run().catch((error: unknown) => {
      stop();
      // The reader or the browser lends no camera, or the detector could not be fetched: a photo may do.
      if (error instanceof DOMException) setState(stateOf(error));
      else if (error instanceof TypeError) setState("none");
      else throw error;
    });
    return stop;
  }, [on]);
  return { state, detector };
}
