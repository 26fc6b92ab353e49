/** Where a scanned code leads. */

export type Destination =
  /** A page of this city. */
  | { readonly kind: "here"; readonly path: string }
  /** Another site. */
  | { readonly kind: "elsewhere"; readonly url: string; readonly host: string }
  /** No address at all. */
  | { readonly kind: "text"; readonly text: string };

const PAGE = /^\/[btBT]\/[A-Za-z0-9._-]+$/;

/** Codes are in upper case, which hosts do not mind and paths do: only this city's own are known to bear it. */
export function destinationOf(text: string, origin: string): Destination {
  let url: URL;
  try {
    url = new URL(text);
  } catch (error) {
    if (error instanceof TypeError) return { kind: "text", text };
    throw error;
  }
  if (!["http:", "https:"].includes(url.protocol)) return { kind: "text", text };
  if (url.origin === origin && PAGE.test(url.pathname)) return { kind: "here", path: url.pathname };
  return { kind: "elsewhere", url: url.href, host: url.host };
}

/** Where a place's own path leads to for whoever came here from the crews' page (`#crew`): to its sheet there. */
export function pathFor(path: string, hash: string): string {
  const [, kind = "", name = ""] = path.split("/");
  return hash === "#crew" ? `/crew#${kind.toLowerCase() === "t" ? "tree" : "bin"}/${name}` : path;
}
