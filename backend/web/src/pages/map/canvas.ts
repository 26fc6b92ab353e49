/** The map itself: OpenLayers on a canvas, with a configured base map or a plain ground of its own. */

import Feature from "ol/Feature";
import Map from "ol/Map";
import View from "ol/View";
import Attribution from "ol/control/Attribution";
import ScaleLine from "ol/control/ScaleLine";
import { isEmpty } from "ol/extent";
import { Point, Polygon, LineString } from "ol/geom";
import Graticule from "ol/layer/Graticule";
import TileLayer from "ol/layer/Tile";
import VectorLayer from "ol/layer/Vector";
import { fromLonLat, transformExtent } from "ol/proj";
import VectorSource from "ol/source/Vector";
import XYZ from "ol/source/XYZ";
import type { Language } from "../../texts/language.ts";
import type { Colours } from "./colours.ts";
import { graticuleLook, outlineStyle, styles } from "./drawing.ts";
import type { Box, Cluster, Look, MapView, Place } from "./types.ts";

const DEGREES = "EPSG:4326";
const METRES = "EPSG:3857";
const NEAREST = 20; // zoom: a street corner
const ALONE = 17; // zoom to which a single place is shown
const EDGE = [48, 48, 48, 48]; // pixels that are left around what is shown
const TURN_MS = 250;
const TOUCH = 8; // pixels by which a finger may miss

export interface Chosen {
  readonly place: (place: Place) => void;
  readonly moved: (look: Look) => void;
}

export class CityMap {
  readonly #map: Map;
  readonly #source = new VectorSource();
  readonly #places = new VectorLayer({ source: this.#source, updateWhileAnimating: true });
  readonly #ground = new VectorLayer({ source: new VectorSource() });
  #graticule: Graticule | undefined;
  #colours: Colours;
  #based = false;

  constructor(target: HTMLElement, colours: Colours, chosen: Chosen) {
    this.#colours = colours;
    this.#map = new Map({
      target,
      layers: [this.#ground, this.#places],
      controls: [new ScaleLine(), new Attribution({ collapsible: false })],
      view: new View({ center: [0, 0], zoom: 2, maxZoom: NEAREST, enableRotation: false }),
    });
    this.#map.on("moveend", () => chosen.moved(this.#look()));
    this.#map.on("click", ({ pixel }) => this.#choose(pixel, chosen));
    this.#map.on("pointermove", ({ pixel }) => {
      target.classList.toggle("over", this.#map.hasFeatureAtPixel(pixel, { hitTolerance: TOUCH, layerFilter: (layer) => layer === this.#places }));
    });
  }

  /** What is drawn below, once. */
  setBase(view: MapView): void {
    if (this.#based) return;
    this.#based = true;
    if (view.base !== null) {
      const source = new XYZ({ url: view.base.tiles, attributions: view.base.attribution, crossOrigin: null });
      this.#map.getLayers().insertAt(0, new TileLayer({ source }));
      return;
    }
    this.#drawGround(view.outline);
  }

  show(view: MapView, language: Language): void {
    this.#places.setStyle(styles(this.#colours, language));
    const features = [
      ...view.clusters.map((cluster) => new Feature({ geometry: at(cluster), cluster })),
      ...view.places.map((place) => new Feature({ geometry: at(place), place })),
    ];
    this.#source.clear(true);
    this.#source.addFeatures(features);
  }

  /** Everything in a box, at once or in a short movement. */
  fit(box: Box, slowly: boolean): void {
    const extent = transformExtent([box.west, box.south, box.east, box.north], DEGREES, METRES);
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const duration = slowly && !calm ? TURN_MS : 0;
    const options = { padding: EDGE, maxZoom: ALONE, duration };
    if (isEmpty(extent)) this.#map.getView().fit(new Point([extent[0] ?? 0, extent[1] ?? 0]), options);
    else this.#map.getView().fit(extent, options);
  }

  zoomBy(steps: number): void {
    const view = this.#map.getView();
    view.setZoom((view.getZoom() ?? 0) + steps);
  }

  recolour(colours: Colours, view: MapView | undefined, language: Language): void {
    this.#colours = colours;
    this.#ground.setStyle(outlineStyle(colours));
    if (this.#graticule !== undefined) this.#addGraticule();
    if (view !== undefined) this.show(view, language);
  }

  close(): void {
    this.#map.setTarget(undefined);
    this.#map.dispose();
  }

  #drawGround(outline: MapView["outline"]): void {
    const ring = outline.map((point) => fromLonLat([...point]));
    const first = ring[0];
    if (first === undefined) return;
    const geometry = ring.length > 2 ? new Polygon([[...ring, first]]) : new LineString([...ring, first]);
    this.#ground.getSource()?.addFeature(new Feature({ geometry }));
    this.#ground.setStyle(outlineStyle(this.#colours));
    this.#addGraticule();
  }

  #addGraticule(): void {
    if (this.#graticule !== undefined) this.#map.removeLayer(this.#graticule);
    const { lines, above, left } = graticuleLook(this.#colours);
    const labels = { lonLabelStyle: above, lonLabelPosition: 1, latLabelStyle: left, latLabelPosition: 0 };
    this.#graticule = new Graticule({ strokeStyle: lines, showLabels: true, wrapX: true, ...labels });
    this.#map.getLayers().insertAt(1, this.#graticule);
  }

  #look(): Look {
    const view = this.#map.getView();
    const [west = 0, south = 0, east = 0, north = 0] = transformExtent(view.calculateExtent(), METRES, DEGREES);
    return { box: { west, south, east, north }, zoom: Math.max(0, Math.min(22, Math.floor(view.getZoom() ?? 0))) };
  }

  #choose(pixel: number[], chosen: Chosen): void {
    const found = this.#map.forEachFeatureAtPixel(pixel, (feature) => feature, {
      hitTolerance: TOUCH,
      layerFilter: (layer) => layer === this.#places,
    });
    const cluster = found?.get("cluster") as Cluster | undefined;
    const place = found?.get("place") as Place | undefined;
    if (cluster !== undefined) this.fit(cluster.box, true);
    else if (place !== undefined) chosen.place(place);
  }
}

function at({ longitude, latitude }: { readonly longitude: number; readonly latitude: number }): Point {
  return new Point(fromLonLat([longitude, latitude]));
}
