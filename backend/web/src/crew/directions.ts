/** A link that opens the phone's own map application. Nothing is fetched from anybody; only a tap follows it. */

import type { Point } from "./types.ts";

const DIGITS = 6; // a tenth of a metre

/** `agent`: what the browser says it is. Where no application takes such links, a map on the web is opened. */
export function directionsTo({ latitude, longitude }: Point, label: string, agent: string): string {
  const place = `${latitude.toFixed(DIGITS)},${longitude.toFixed(DIGITS)}`;
  if (/iPhone|iPad|Macintosh/.test(agent)) return `maps://?daddr=${place}&dirflg=w`;
  if (agent.includes("Android")) return `geo:${place}?q=${place}(${encodeURIComponent(label.replace(/[()]/g, ""))})`;
  return `https://www.openstreetmap.org/directions?to=${place}`;
}
