/** Starts the page of a bin or tree: the name is the second part of the path, in either case of its first. */

import { render } from "preact";
import { LanguageProvider } from "../../hooks/language.tsx";
import { PlacePage } from "./place.tsx";

export function start(kind: "bin" | "tree"): void {
  const root = document.getElementById("page");
  if (root === null) throw new Error("no element #page");
  const name = decodeURIComponent(window.location.pathname.split("/")[2] ?? "");
  render(
    <LanguageProvider title={(texts) => `${texts[kind]} ${name}`}>
      <PlacePage kind={kind} name={name} />
    </LanguageProvider>,
    root,
  );
}
