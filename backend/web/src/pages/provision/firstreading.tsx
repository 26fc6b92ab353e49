/** The end of it all: the device's first reading, live, and checked here. */

import { useEffect, useState } from "preact/hooks";
import { ApiError, json } from "../../api/client.ts";
import { listen } from "../../api/events.ts";
import type { Reading } from "../../api/types.ts";
import { LateVerdict } from "../../components/lateverdict.tsx";
import { useCheck } from "../../hooks/check.ts";
import { useTexts } from "../../hooks/language.tsx";
import { provisionTexts } from "../../texts/provision.ts";

/** The first reading of this key, as soon as the city has one. */
function useFirstReading(kid: string, subject: string): Reading | undefined {
  const [reading, setReading] = useState<Reading | undefined>();
  useEffect(() => {
    const take = (found: Reading): void => setReading((before) => before ?? found);
    // What came before somebody listened, or while the connection was gone.
    const look = (): void => {
      json<{ readonly readings: readonly Reading[] }>(`/api/v1/devices/${kid}/readings`).then(
        ({ readings }) => readings.at(-1) !== undefined && take(readings.at(-1) as Reading),
        (error: unknown) => {
          if (!(error instanceof ApiError)) throw error;
        },
      );
    };
    return listen({ reading: (found) => found.kid === kid && take(found), checkpoint: () => undefined, connected: (now) => now && look() }, subject, ["reading"]);
  }, [kid, subject]);
  return reading;
}

interface Props {
  readonly kid: string;
  readonly subject: string;
  readonly onVerified: () => void;
}

export function FirstReading({ kid, subject, onVerified }: Props) {
  const { language } = useTexts();
  const texts = provisionTexts[language];
  const reading = useFirstReading(kid, subject);
  const { outcome, waiting, again, trustNewRoots } = useCheck(subject, reading);
  const verified = outcome?.state === "verified";
  useEffect(() => {
    if (verified) onVerified();
  }, [verified]);
  return (
    <div class="provision-reading" data-panel="first-reading" data-seq={reading?.seq}>
      <h3>{texts.firstReading}</h3>
      {reading === undefined ? (
        <p role="status" class="provision-running">
          <span class="spinner" aria-hidden="true" /> {texts.firstReadingHint}
        </p>
      ) : (
        <LateVerdict outcome={outcome} waiting={waiting} asked onAgain={again} onTrustNewRoots={trustNewRoots} />
      )}
    </div>
  );
}
