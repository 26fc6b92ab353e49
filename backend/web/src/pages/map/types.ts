/** A part of the map as the server answers. */

import { type PlaceState, STATES } from "../../texts/map.ts";

export { type PlaceState, STATES };

export interface Box {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

interface At {
  readonly latitude: number;
  readonly longitude: number;
}

export interface Cluster extends At {
  readonly count: number;
  readonly faulty: number;
  readonly silent: number;
  readonly full: number;
  /** The worst. */
  readonly state: PlaceState;
  readonly box: Box;
}

export interface Place extends At {
  readonly subject: string;
  readonly kind: string;
  readonly name: string;
  readonly label: string | null;
  readonly page: string | null;
  /** Worst first. */
  readonly states: readonly PlaceState[];
}

export interface MapView {
  readonly realm: string;
  readonly total: number;
  readonly clusters: readonly Cluster[];
  readonly places: readonly Place[];
  readonly kinds: readonly string[];
  /** Around the whole city; null: nothing has a place. */
  readonly extent: Box | null;
  readonly outline: readonly (readonly [longitude: number, latitude: number])[];
  /** Null: nothing is fetched from elsewhere. */
  readonly base: { readonly tiles: string; readonly attribution: string } | null;
}

export interface Filter {
  readonly kind: string | null;
  readonly state: PlaceState | null;
}

/** What is looked at: a box and a zoom as of tiles of 256 pixels. */
export interface Look {
  readonly box: Box;
  readonly zoom: number;
}
