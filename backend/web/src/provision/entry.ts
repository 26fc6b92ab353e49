/** What this browser knows of each device that it had at its cable: enough to go on after any interruption, and no secret. */

export interface Degrees {
  readonly latitude: string;
  readonly longitude: string;
}

/** What a device is to be. */
export interface Wanted {
  readonly subject: string;
  readonly asset: string;
  readonly label: string;
  readonly location: Degrees | undefined;
}

/** A request as the city takes it; the device has signed for its key and its subject. */
export interface Request {
  readonly subject: string;
  readonly public: string;
  readonly possession: string;
  readonly label: string;
  readonly location: Degrees | null;
  readonly model: string;
  readonly asset: string;
  readonly simulated: boolean;
}

/**
 * How far a device is:
 *
 * begun     it was told what it is
 * asked     it has signed; its request is kept here until it can be sent
 * sent      the city has the request
 * conflict  the city does not take it, or the registrar declined: `reason` and `detail` say why
 * enrolled  the log has it
 * done      a reading of it was verified
 */
export type State = "begun" | "asked" | "sent" | "conflict" | "enrolled" | "done";

export interface Entry {
  readonly kid: string;
  readonly district: string;
  readonly realm: string;
  readonly wanted: Wanted;
  readonly state: State;
  /** Whether the device has its configuration, and speaks only its protocol. */
  readonly committed: boolean;
  readonly request: Request | undefined;
  /** The city's name of the request. */
  readonly sent: string | undefined;
  readonly conflict: { readonly reason: string; readonly detail: string } | undefined;
  /** When it was last changed, in milliseconds. */
  readonly changed: number;
}

/** Of one browser; every change is durable when its promise is kept. */
export interface Journal {
  get(kid: string): Promise<Entry | undefined>;
  put(entry: Entry): Promise<void>;
  all(): Promise<readonly Entry[]>;
  remove(kid: string): Promise<void>;
}
