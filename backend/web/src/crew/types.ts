/** What the API says to crews, and what a phone says to it. */

export const OUTCOMES = ["done", "again", "nothing"] as const;
export type Outcome = (typeof OUTCOMES)[number];
export const CARES = ["watered", "pruned", "treated", "inspected"] as const;
export type Care = (typeof CARES)[number];
export const NEEDS = ["fault", "alarm", "silent", "report"] as const;
export type Need = (typeof NEEDS)[number];

export interface Point {
  readonly latitude: number;
  readonly longitude: number;
}

export interface Fault {
  readonly sensor: string;
  readonly flag: string;
}

/** What is wrong at a place. */
export interface Trouble {
  readonly faults: readonly Fault[];
  readonly alarms: readonly string[];
  readonly silent_since: string | null;
}

interface Named {
  readonly subject: string;
  readonly kind: string;
  readonly name: string;
  readonly label: string | null;
  readonly page: string | null;
  readonly location: Point | null;
}

export interface Work extends Named, Trouble {
  readonly distance_m: number | null;
  /** How many reports of citizens are open. */
  readonly reports: number;
}

export interface WorkPage {
  readonly as_of: string;
  readonly work: readonly Work[];
  readonly next: string | null;
}

export interface OpenReport {
  readonly id: string;
  readonly category: string;
  readonly text: string;
  readonly received: string;
  readonly has_photo: boolean;
}

/** A visit as the city has it. */
export interface Visit {
  readonly id: string;
  readonly revision: number;
  /** Name of what was sent, of which `revision` is. */
  readonly entry: string;
  readonly author: string;
  readonly outcome: Outcome;
  readonly note: string;
  readonly care: readonly Care[];
  readonly care_note: string;
  /** The phone's clock; null: no calendar has it. */
  readonly made: string | null;
  readonly received: string;
  readonly reports: readonly string[];
  readonly photos: readonly string[];
  readonly versions: number;
  readonly mine: boolean;
}

export interface SheetEvent {
  readonly what: "alarm" | "alarm-over" | "fault" | "fault-over" | "device" | "report" | "report-mended";
  readonly name: string;
  readonly time: string | null;
  readonly proof: string | null;
}

/** All that one needs at the device. */
export interface Sheet extends Named, Trouble {
  readonly district: string;
  readonly kid: string | null;
  readonly simulated: boolean;
  readonly heard: string | null;
  readonly reports: readonly OpenReport[];
  readonly visits: readonly Visit[];
  readonly revision: number;
  readonly events: readonly SheetEvent[];
}

/** What somebody wrote at a place. */
export interface Written {
  readonly outcome: Outcome;
  readonly note: string;
  readonly care: readonly Care[];
  readonly care_note: string;
  readonly reports: readonly string[];
}
