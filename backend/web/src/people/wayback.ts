/** The way back of somebody who had to sign in first: kept for this tab, since signing in by another service leads away from here. */

const KEY = "civicroot/way-back";
const SIGN_IN = "/sign-in";

/** A path of this site, with what follows it; undefined for anything that leads elsewhere, and for the sign-in page itself. */
export function ownPath(text: string | null, origin: string): string | undefined {
  if (text === null || !text.startsWith("/") || !URL.canParse(text, origin)) return undefined;
  const url = new URL(text, origin);
  return url.origin === origin && url.pathname !== SIGN_IN ? url.pathname + url.search + url.hash : undefined;
}

/** Address of the sign-in page that leads back to `path`. */
export function signInFor(path: string): string {
  return `${SIGN_IN}#next=${encodeURIComponent(path)}`;
}

/** This tab's storage, or undefined where the reader has switched that off. */
function storage(): Storage | undefined {
  try {
    return window.sessionStorage;
  } catch (error) {
    if (error instanceof DOMException) return undefined;
    throw error;
  }
}

/** Keeps the way back that a fragment names, if it names one. */
export function keepWayBack(fragment: URLSearchParams): void {
  const path = ownPath(fragment.get("next"), window.location.origin);
  if (path !== undefined) storage()?.setItem(KEY, path);
}

/** The kept way back, which is forgotten with that. */
export function takeWayBack(): string | undefined {
  const path = storage()?.getItem(KEY) ?? null;
  storage()?.removeItem(KEY);
  return ownPath(path, window.location.origin);
}
