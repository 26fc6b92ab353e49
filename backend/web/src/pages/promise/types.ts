/** What the server says of its promise. It says it of itself: the proofs and an auditor say the rest. */

import type { WitnessState } from "../../api/types.ts";
import type { Verdict } from "../../texts/promise.ts";
import type { AnchorKind } from "../../verifier/policyanchor.ts";

export type { Verdict };

export interface Line {
  readonly verdict: Verdict;
}

export interface CheckpointLine extends Line {
  readonly size: number;
  readonly time: string | null;
  readonly proof: string | null;
}

export interface WitnessesLine extends Line {
  readonly cosigned: number;
  /** As the policy asks; 0: it knows no witnesses. */
  readonly needed: number;
  readonly waiting_size: number | null;
  readonly witnesses: readonly { readonly name: string; readonly state: WitnessState; readonly last_seen: string | null }[];
  readonly proof: string | null;
}

export interface AnchorLine extends Line {
  readonly name: string;
  readonly kind: AnchorKind | null;
  readonly size: number | null;
  readonly time: string | null;
  readonly pending_since: string | null;
  readonly trouble: string | null;
  readonly trouble_seconds: number | null;
  readonly proof: string | null;
}

export interface AnchorsLine extends Line {
  readonly anchors: readonly AnchorLine[];
}

export interface AuditLine extends Line {
  /** False: nobody audits this city here. */
  readonly configured: boolean;
  readonly finished: string | null;
  readonly size: number | null;
  readonly same_log: boolean | null;
  readonly done: boolean | null;
  readonly alarms: number | null;
  readonly notices: number | null;
  readonly named: readonly { readonly name: string; readonly about: string }[];
  /** Why there is no report. */
  readonly trouble: string | null;
}

export interface DevicesWaiting extends Line {
  readonly devices: number;
  readonly never: number;
  readonly silent: number;
  readonly behind: number;
}

export interface GatewayWaiting {
  readonly kid: string;
  readonly subject: string;
  /** None: it has said nothing since the server's start. */
  readonly reasons: readonly string[];
  readonly since: string | null;
  readonly waiting: number | null;
  readonly proof: string;
}

export interface GatewaysWaiting extends Line {
  readonly gateways: number;
  readonly waiting: number;
  /** Gateways of which nobody knows how much waits in them. */
  readonly unsaid: number;
  readonly unheard: number;
  readonly needing: readonly GatewayWaiting[];
  readonly needing_count: number;
}

export interface BackendWaiting extends Line {
  readonly entries: number;
  readonly records: number;
  readonly since: string | null;
}

export interface RefusedReason {
  readonly reason: string;
  readonly total: number;
  readonly recent: number;
  /** Log entry of the batch that the newest recent one came in. */
  readonly entry: number | null;
}

export interface RefusedLine extends Line {
  readonly total: number;
  readonly recent: number;
  readonly reasons: readonly RefusedReason[];
}

export interface Promised extends Line {
  readonly as_of: string;
  readonly realm: string;
  readonly checkpoint: CheckpointLine;
  readonly witnesses: WitnessesLine;
  readonly anchors: AnchorsLine;
  readonly audit: AuditLine;
  readonly waiting: { readonly devices: DevicesWaiting; readonly gateways: GatewaysWaiting; readonly backend: BackendWaiting };
  readonly refused: RefusedLine;
}
