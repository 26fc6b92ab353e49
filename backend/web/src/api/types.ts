/** What the backend's API answers. None of it is trusted: readings are shown, and only proofs are believed. */

import type { AnchorKind } from "../verifier/policyanchor.ts";

export interface Value {
  readonly name: string;
  readonly unit: string | null;
  readonly value: number | boolean | string;
  /** Exact decimal text. */
  readonly text: string;
}

export interface Reading {
  readonly kid: string;
  readonly seq: number;
  /** What the device claims; null while its clock is not set. */
  readonly time: string | null;
  /** What the gateway claims: when the batch was closed. */
  readonly received: string;
  readonly values: readonly Value[];
  readonly log_index: number;
  /** Whether the published checkpoint covers it. */
  readonly published: boolean;
  /** Path of the proof file. */
  readonly proof: string;
}

export interface Device {
  readonly kid: string;
  /** `class/name`, like `bin/12`. */
  readonly subject: string;
  readonly kind: string;
  readonly name: string;
  readonly label: string | null;
  readonly location: { readonly latitude: number; readonly longitude: number } | null;
  readonly simulated: boolean;
  readonly enrolled_at_index: number;
  /** Path of its page; null if its kind has none. */
  readonly page: string | null;
  readonly latest: Reading | null;
}

/** What the city's inventory says of a bin. */
export interface BinProperties {
  readonly kind: "bin";
  readonly accepts: readonly string[];
  readonly district: string | null;
  readonly address: string | null;
}

/** What the city's inventory says of a tree. */
export interface TreeProperties {
  readonly kind: "tree";
  readonly scientific: string | null;
  readonly species: Readonly<Record<"en" | "ko" | "zh", string | null>>;
  /** A day, a month or a year: `2019-03-01`, `2019-03`, `2019`. */
  readonly planted: string | null;
  /** Diameter at breast height, as decimal text. */
  readonly trunk_cm: string | null;
  readonly picture: { readonly url: string; readonly sha256: string | null } | null;
  readonly district: string | null;
  readonly address: string | null;
}

export type CareName = "watered" | "pruned" | "treated" | "inspected";

/** Something that was done for a tree, with what it takes to find its hash in the log. */
export interface CareLine {
  readonly made: string;
  readonly received: string;
  readonly care: readonly CareName[];
  readonly note: string;
  /** Whether it said something else before. */
  readonly changed: boolean;
  readonly salt: string;
  /** Log entry of the city's statement; null: not in the log yet. */
  readonly entry: number | null;
}

export interface CarePage {
  readonly lines: readonly CareLine[];
  readonly next: string | null;
}

/** Where properties come from: not from the device. */
export interface Inventory {
  readonly file_sha256: string;
  readonly imported: string;
  /** Path of the log entry in which the city states it, or null. */
  readonly statement: string | null;
}

/** A place with its device, if it has one, and what the inventory says. */
export interface Subject extends Omit<Device, "kid" | "enrolled_at_index"> {
  /** Null: nothing measures here. */
  readonly kid: string | null;
  readonly enrolled_at_index: number | null;
  readonly properties: BinProperties | TreeProperties | null;
  readonly inventory: Inventory | null;
}

/** A place whose device is enrolled. */
export type Measured = Subject & Device;

/** A measurement's last value, and the reading that has it: records carry only what changed. */
export interface Current extends Value {
  readonly reading: Reading;
}

export interface State {
  readonly values: readonly Current[];
  readonly emptied: { readonly time: string | null; readonly before: Reading; readonly after: Reading } | null;
}

/** A place near another. */
export interface NearbySubject {
  readonly subject: string;
  readonly name: string;
  readonly label: string | null;
  readonly page: string | null;
  readonly distance_m: number;
  readonly fill: { readonly value: number } | null;
}

/** That a deposit is claimed; by whom is not said. */
export interface Claim {
  readonly kid: string;
  readonly seq: number;
  readonly state: "pending" | "confirmed" | "void";
  readonly kilograms: string | null;
  readonly claimed: string;
  /** Path of the deposit's proof file. */
  readonly record: string;
}

/** A report of a problem, with the token that lets its sender change it. */
export interface SentReport {
  readonly id: string | number;
  readonly token: string;
}

/** Which scripts the city serves. */
export interface Scripts {
  /** Path of the one that decides what holds. */
  readonly verifier: string;
}

/** Ranges of numbers, both ends inclusive, ascending. */
export type Ranges = readonly (readonly [first: number, last: number])[];

/** The server's own account of a key's numbers: each up to `highest` stands in exactly one of the lists. */
export interface Completeness {
  readonly kid: string;
  readonly subject: string;
  readonly highest: number | null;
  readonly received: Ranges;
  readonly skipped: Ranges;
  readonly thinned: Ranges;
  readonly rejected: Ranges;
  readonly pruned: Ranges;
  readonly lost: Ranges;
  readonly counts: Readonly<
    Record<"received" | "skipped" | "thinned" | "rejected" | "pruned" | "lost" | "conflicts" | "equivocated", number>
  >;
  /** Lists have only their newest ranges; the counts are of all. */
  readonly truncated: boolean;
  readonly silent_since: string | null;
  readonly silence_clock: "device" | "backend" | null;
  readonly withdrawn: { readonly log_index: number; readonly reason: string } | null;
  /** Log size. */
  readonly as_of: number;
}

/** A log entry as it describes itself. */
export interface ListedEntry {
  readonly index: number;
  readonly kind: string;
  readonly published: boolean;
  readonly issuer: string | null;
  readonly subject: string | null;
  readonly typ: string | null;
}

export interface EntryPage {
  readonly entries: readonly ListedEntry[];
  readonly next: string | null;
}

export interface City {
  readonly realm: string;
  readonly log: { readonly origin: string; readonly size: number; readonly checkpoint_time: string | null };
  readonly counts: { readonly devices: number; readonly gateways: number; readonly records: number; readonly rejected: number };
}

export interface DevicePage {
  readonly devices: readonly Device[];
  readonly next: string | null;
}

/** Time, mean, least and greatest value of an interval. */
export type HistoryPoint = readonly [time: string, mean: number, min: number, max: number];

export interface History {
  readonly name: string;
  readonly unit: string | null;
  readonly points: readonly HistoryPoint[];
}

/** A published state of the log, and who cosigned it. */
export interface PublishedCheckpoint {
  readonly size: number;
  readonly root: string;
  readonly time: string;
  readonly cosigned: readonly { readonly name: string; readonly time: string | null }[];
  readonly quorum: number;
  /** Whether as many cosigned as the policy asks for. */
  readonly met: boolean;
}

export interface CheckpointPage {
  readonly checkpoints: readonly PublishedCheckpoint[];
  readonly next: string | null;
}

export type CheckpointEvent = PublishedCheckpoint;

export type WitnessState = "ok" | "slow" | "down" | "lying" | "clock";

/** What the city's log says of a witness. */
export interface Witness {
  readonly name: string;
  readonly url: string | null;
  /** When it last cosigned, by the log's clock. */
  readonly last_seen: string | null;
  /** Of the tree that it last cosigned; 0 before. */
  readonly size: number;
  readonly state: WitnessState;
  readonly detail: string;
}

export type AnchoringState = "pending" | "confirmed" | "failed";

/** One tree on its way to, or at, an anchor outside the city. */
export interface Anchoring {
  readonly name: string;
  readonly kind: AnchorKind;
  readonly size: number;
  readonly state: AnchoringState;
  readonly submitted: string;
  readonly confirmed: string | null;
  /** What the anchor says: the tree existed by then. */
  readonly time: string | null;
  readonly detail: string;
  /** Path of the evidence. */
  readonly url: string | null;
}

export interface AnchoringPage {
  readonly anchors: readonly Anchoring[];
  readonly next: string | null;
}

/** An anchor of the policy and how it stands. */
export interface AnchorReport {
  readonly name: string;
  /** None before the first. */
  readonly anchorings: readonly Anchoring[];
}

/** A gateway that needs somebody. */
export interface GatewayAlarm {
  readonly kid: string;
  /** Empty if the server does not know it any more. */
  readonly subject: string;
  /** `offline`, or what the gateway says of itself. */
  readonly reasons: readonly string[];
  /** When the server learnt of these reasons; at the earliest, its start. */
  readonly since: string;
  /** Devices whose newest reading came through it. */
  readonly behind: number;
  /** Of its software. The gateway says it, as the two below. */
  readonly version: string | null;
  /** Readings that it had to send. */
  readonly waiting: number | null;
  /** Whole hours until its store is full. */
  readonly room: number | null;
}

/** A device that is overdue against its own promise, although its gateway is online. */
export interface SilentDevice {
  readonly kid: string;
  readonly subject: string;
  /** The kid of the gateway that its newest reading came through. */
  readonly gateway: string;
  /** When the next reading was due; null where no calendar reaches. */
  readonly silent_since: string | null;
}

/** What needs somebody now. */
export interface Alarms {
  readonly gateways: readonly GatewayAlarm[];
  /** Those that are silent for longest, not all of them. */
  readonly silent: readonly SilentDevice[];
  readonly silent_count: number;
  /** Devices behind gateways that are offline: whether they are silent, nobody can know. */
  readonly behind: number;
}
