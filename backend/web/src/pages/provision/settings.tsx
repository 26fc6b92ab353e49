/** Step 1: what devices are told, from the city or from a file; both are in this page's memory alone. */

import { useState } from "preact/hooks";
import { ApiError } from "../../api/client.ts";
import { useTexts } from "../../hooks/language.tsx";
import { signInFor } from "../../people/wayback.ts";
import { fetchSite } from "../../provision/api.ts";
import type { Site } from "../../provision/site.ts";
import { SiteFileError, readSite } from "../../provision/sitefile.ts";
import { provisionTexts } from "../../texts/provision.ts";
import { type Session, districtsOf } from "./useSession.ts";

interface Props {
  readonly session: Session;
  readonly site: Site | undefined;
  readonly district: string;
  readonly onDistrict: (district: string) => void;
  readonly onSite: (site: Site) => void;
}

function SignedOut({ session }: { readonly session: Session }) {
  const { language } = useTexts();
  const texts = provisionTexts[language];
  if (session.state === "out") {
    return (
      <div class="note" data-session="out">
        <p>{texts.signInHint}</p>
        <a class="button plain" href={signInFor("/provision")} data-action="sign-in">
          {texts.signIn}
        </a>
      </div>
    );
  }
  if (session.state === "offline") {
    return (
      <p class="kept" role="status" data-session="offline">
        {texts.offline}
      </p>
    );
  }
  return null;
}

async function readFiles(files: FileList): Promise<Site> {
  const named = await Promise.all([...files].map(async (file) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) })));
  return readSite(named);
}

export function Settings({ session, site, district, onDistrict, onSite }: Props) {
  const { language } = useTexts();
  const texts = provisionTexts[language];
  const [trouble, setTrouble] = useState<string | undefined>();
  const districts = districtsOf(session.oneself, "crew");
  const take = (found: Promise<Site>): void => {
    setTrouble(undefined);
    found.then(onSite, (error: unknown) => {
      if (!(error instanceof ApiError || error instanceof SiteFileError)) throw error;
      setTrouble(error.message);
    });
  };
  return (
    <section class="card provision-step" data-step="settings" data-loaded={site !== undefined}>
      <h2>{texts.settings}</h2>
      <p class="quiet">{texts.settingsHint}</p>
      <SignedOut session={session} />
      {session.state === "in" && districts.length === 0 && <p class="trouble">{texts.notCrew}</p>}
      {districts.length > 1 && (
        <label class="field">
          <span>{texts.district}</span>
          <select value={district} onChange={(event) => onDistrict(event.currentTarget.value)}>
            {districts.map((slug) => (
              <option key={slug} value={slug}>
                {slug === "city" ? texts.wholeCity : slug}
              </option>
            ))}
          </select>
        </label>
      )}
      {site !== undefined && (
        <p role="status" data-realm={site.realm}>
          ✓ {texts.loaded(site.realm, site.wifi?.ssid ?? texts.noNetwork)}
        </p>
      )}
      <p class="downloads">
        {districts.length > 0 && session.state === "in" && (
          <button type="button" class={site === undefined ? "" : "plain"} data-action="load-site" onClick={() => take(fetchSite(district))}>
            {texts.load}
          </button>
        )}
        <label class="button plain">
          {texts.chooseFile}
          <input class="unseen" type="file" multiple accept=".toml,.pem,.der,.crt" data-action="choose-site" onChange={({ currentTarget: { files } }) => files !== null && files.length > 0 && take(readFiles(files))} />
        </label>
      </p>
      {trouble !== undefined && (
        <p class="trouble" role="alert" data-problem="site">
          {trouble}
        </p>
      )}
      <p class="note">{texts.memoryOnly}</p>
    </section>
  );
}
