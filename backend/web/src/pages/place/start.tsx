/** Starts the page of a bin or tree: the name is the second part of the path, in either case of its first. */

import { render } from "preact";
import { loadChecker } from "../../hooks/check.ts";
import { LanguageProvider } from "../../hooks/language.tsx";
import { PlacePage } from "./place.tsx";

/** The name in the path; one that is wrongly escaped names no place, and the server says so. */
function nameIn(path: string): string {
  const part = path.split("/")[2] ?? "";
  try {
    return decodeURIComponent(part);
  } catch (error) {
    if (error instanceof URIError) return part;
    throw error;
  }
}

export function start(kind: "bin" | "tree"): void {
  // Begun at once, waited for later: the reading is on the screen before.
  void loadChecker().catch((error: unknown) => console.warn("verifier", String(error)));
  const root = document.getElementById("page");
  if (root === null) throw new Error("no element #page");
  const name = nameIn(window.location.pathname);
  render(
    <LanguageProvider title={(texts) => `${texts[kind]} ${name}`}>
      <PlacePage kind={kind} name={name} />
    </LanguageProvider>,
    root,
  );
}
