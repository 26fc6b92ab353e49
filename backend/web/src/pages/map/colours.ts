/** The page's colours for the canvas, which knows nothing of style sheets: asked of the browser, light or dark. */

import type { PlaceState } from "./types.ts";

export interface Colours {
  readonly ink: string;
  readonly quiet: string;
  readonly surface: string;
  readonly line: string;
  readonly ground: string;
  readonly states: Readonly<Record<PlaceState, string>>;
}

export function readColours(): Colours {
  const probe = document.createElement("span");
  document.body.append(probe);
  const of = (name: string): string => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const states = { ok: of("accent"), full: of("map-full"), faulty: of("bad"), silent: of("ink"), unknown: of("edge") };
  const found = { ink: of("ink"), quiet: of("quiet"), surface: of("surface"), line: of("line"), ground: of("raised"), states };
  probe.remove();
  return found;
}

/** Calls `changed` whenever light turns dark or back, until the returned function is called. */
export function onScheme(changed: () => void): () => void {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", changed);
  return () => dark.removeEventListener("change", changed);
}
