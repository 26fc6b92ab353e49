/** How places, clusters, the city's outline and the graticule are drawn. States differ in shape, not in colour alone. */

import type { FeatureLike } from "ol/Feature";
import CircleStyle from "ol/style/Circle";
import Fill from "ol/style/Fill";
import RegularShape from "ol/style/RegularShape";
import Stroke from "ol/style/Stroke";
import Style from "ol/style/Style";
import Text from "ol/style/Text";
import { count } from "../../format/time.ts";
import type { Language } from "../../texts/language.ts";
import type { Colours } from "./colours.ts";
import { type Cluster, type Place, type PlaceState, STATES } from "./types.ts";

const FONT = "600 13px system-ui, sans-serif";
const DOT = 8; // pixels: a place's radius
const MARGIN = 28; // pixels around the outermost places

function sign(state: PlaceState, colours: Colours): CircleStyle | RegularShape {
  const look = { fill: new Fill({ color: colours.states[state] }), stroke: new Stroke({ color: colours.surface, width: 2 }) };
  if (state === "faulty") return new RegularShape({ ...look, points: 3, radius: DOT + 3 });
  if (state === "full") return new RegularShape({ ...look, points: 4, radius: DOT + 2, angle: Math.PI / 4 });
  if (state === "silent") return new RegularShape({ ...look, points: 4, radius: DOT + 2 });
  return new CircleStyle({ ...look, radius: state === "ok" ? DOT : DOT - 2 });
}

function disc(cluster: Cluster, colours: Colours, language: Language): Style {
  const colour = colours.states[cluster.state];
  const radius = 15 + 3 * Math.log10(cluster.count);
  return new Style({
    image: new CircleStyle({ radius, fill: new Fill({ color: colours.surface }), stroke: new Stroke({ color: colour, width: 4 }) }),
    zIndex: 0,
    text: new Text({ text: count(cluster.count, language), font: FONT, fill: new Fill({ color: colours.ink }) }),
  });
}

/** Styles of features that have a `place` or a `cluster`. */
export function styles(colours: Colours, language: Language): (feature: FeatureLike) => Style {
  const signs = new Map<PlaceState, Style>();
  return (feature) => {
    const cluster = feature.get("cluster") as Cluster | undefined;
    if (cluster !== undefined) return disc(cluster, colours, language);
    const state = (feature.get("place") as Place).states[0] ?? "unknown";
    let style = signs.get(state);
    if (style === undefined) {
      style = new Style({ image: sign(state, colours), zIndex: STATES.length - STATES.indexOf(state) });
      signs.set(state, style);
    }
    return style;
  };
}

/** A soft shape under all places: their hull, with a margin. */
export function outlineStyle(colours: Colours): Style {
  const stroke = new Stroke({ color: colours.ground, width: 2 * MARGIN, lineJoin: "round", lineCap: "round" });
  return new Style({ fill: new Fill({ color: colours.ground }), stroke });
}

/** Lines of longitude and latitude, named at the upper and the left edge, where no control is. */
export function graticuleLook(colours: Colours): { readonly lines: Stroke; readonly above: Text; readonly left: Text } {
  const look = { font: "11px system-ui, sans-serif", fill: new Fill({ color: colours.quiet }) };
  return {
    lines: new Stroke({ color: colours.line, width: 1 }),
    above: new Text({ ...look, textBaseline: "top", offsetY: 4 }),
    left: new Text({ ...look, textAlign: "start", textBaseline: "bottom", offsetX: 6, offsetY: -2 }),
  };
}
