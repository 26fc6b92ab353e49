/**
 * The steps from a plugged-in device to one that has asked to be enrolled and is configured; a cut may follow any.
 *
 * Whatever the device and the journal say decides what is done next, so that the same steps go on where they were. The steps are
 * those of `civicroot provision`, and so are the refusals.
 */

import { type Identity, type Status, faultsOf, statusOf } from "../serial/answers.ts";
import { type Conversation, type Progress, SELF_TEST_MS } from "../serial/conversation.ts";
import { Faulty, WrongDevice } from "../serial/errors.ts";
import type { Entry, Journal, Request, Wanted } from "./entry.ts";
import { provedPossession } from "./possession.ts";
import type { Account, Site } from "./site.ts";

const COMMITTED = "committed"; // in the device's own words: it is provisioned
/** What a sensor says that works and was not told what it sees. */
export const UNCALIBRATED = "uncalibrated";

/** Who is at the cable, and what is known of it. */
export interface Met {
  readonly identity: Identity;
  readonly status: Status;
  readonly entry: Entry | undefined;
  /** What it is already, or was begun as. */
  readonly subject: string | undefined;
  readonly committed: boolean;
}

export interface Office {
  /** A device's account at its gateway's broker. */
  account(kid: string): Promise<Account>;
  /** Whether the city has this key as this subject. Throws WrongDevice for another one. */
  has(kid: string, subject: string): Promise<boolean>;
}

export interface Options {
  readonly site: Site;
  readonly district: string;
  readonly journal: Journal;
  readonly office: Office;
  readonly now: () => number;
  /** What a device signs, so that nobody answers for it with something older: 16 random bytes in hexadecimal. */
  readonly nonce: () => string;
}

/** Calibrated before the self-test: a sensor, its point, and the number that goes with some. */
export interface Calibration {
  readonly sensor: string;
  readonly point: string;
  readonly known?: number;
}

function told(values: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== undefined));
}

export class Crew {
  readonly #talk: Conversation;
  readonly #options: Options;
  #met: Met | undefined;

  constructor(talk: Conversation, options: Options) {
    this.#talk = talk;
    this.#options = options;
  }

  /** Who is there. `startOver`: forget what another city began. Throws WrongDevice, Unplugged. */
  async meet(startOver = false): Promise<Met> {
    const { site, journal } = this.#options;
    const identity = await this.#talk.begin();
    let status = statusOf(await this.#talk.ask("status"));
    const committed = status.state === COMMITTED;
    if (status.realm !== undefined && status.realm !== site.realm) {
      if (committed || !startOver) throw new WrongDevice("other-realm", status.realm);
      await this.#talk.ask("forget");
      status = statusOf(await this.#talk.ask("status"));
    }
    if (site.model !== null && site.model !== identity.model) throw new WrongDevice("other-board", `${identity.model}, ${site.model}`);
    if (site.version !== null && site.version !== identity.version) throw new WrongDevice("other-firmware", `${identity.version}, ${site.version}`);
    let entry = await journal.get(identity.kid);
    if (committed) entry = await this.#committedBefore(identity, status, entry);
    this.#met = { identity, status, entry, subject: entry?.wanted.subject ?? status.subject, committed };
    return this.#met;
  }

  /** Tell it what it is and whom to report to. Throws WrongDevice if it is something else already. */
  async tell(wanted: Wanted): Promise<void> {
    const { site, district, now } = this.#options;
    const { identity, status, entry } = this.#there();
    if (entry !== undefined && entry.state !== "begun" && entry.wanted.subject !== wanted.subject) {
      throw new WrongDevice("other-subject", entry.wanted.subject);
    }
    const asked = entry !== undefined && entry.state !== "begun" ? entry : undefined;
    if (asked === undefined) {
      const begun = { kid: identity.kid, district, realm: site.realm, wanted, state: "begun" as const, committed: false };
      await this.#note({ ...begun, request: undefined, sent: undefined, conflict: undefined, changed: now() });
    }
    await this.#talk.ask("set_realm", { realm: site.realm });
    await this.#talk.ask("set_subject", { subject: wanted.subject });
    if (Object.keys(told(site.keys)).length > 0) await this.#talk.ask("set_keys", told(site.keys));
    await this.#tellGateway(identity.kid, status);
    if (site.wifi !== null) await this.#talk.ask("set_wifi", told(site.wifi));
    await this.#talk.ask("set_place", { ...told(site.place), label: (asked ?? { wanted }).wanted.label });
  }

  async calibrate({ sensor, point, known }: Calibration): Promise<void> {
    await this.#talk.ask("calibrate", told({ sensor, point, known }), { milliseconds: SELF_TEST_MS });
  }

  /** Everything once. Throws Faulty unless `allowed`. */
  async test(progress: Progress, allowed: boolean): Promise<void> {
    const done = faultsOf(await this.#talk.ask("self_test", {}, { milliseconds: SELF_TEST_MS, progress }));
    const faults = Object.entries(done).filter(([, flag]) => flag !== UNCALIBRATED);
    if (faults.length > 0 && !allowed) throw new Faulty("faulty", faults.map(([name, flag]) => `${name}: ${flag}`).join(", "));
  }

  /** Have the device ask to be enrolled, and keep that; one that has asked is not asked again. Throws WrongDevice. */
  async ask(wanted: Wanted): Promise<Entry> {
    const { identity, entry } = this.#there();
    if (entry !== undefined && entry.request !== undefined && entry.state !== "begun") return entry;
    const nonce = this.#options.nonce();
    const answer = await this.#talk.ask("possession", { nonce });
    const possession = provedPossession(answer, identity.public, this.#options.site.realm, wanted.subject, nonce);
    const request: Request = {
      subject: wanted.subject,
      public: identity.public,
      possession,
      label: wanted.label,
      location: wanted.location ?? null,
      model: identity.model,
      asset: wanted.asset,
      simulated: identity.simulated,
    };
    const before = entry ?? (await this.#options.journal.get(identity.kid));
    if (before === undefined) throw new WrongDevice("never-asked", identity.kid);
    return this.#note({ ...before, wanted, request, state: "asked", changed: this.#options.now() });
  }

  /** The device takes its configuration, and starts. */
  async commit(): Promise<Entry> {
    const { identity } = this.#there();
    await this.#talk.ask("commit");
    const entry = await this.#options.journal.get(identity.kid);
    if (entry === undefined) throw new WrongDevice("never-asked", identity.kid);
    return this.#note({ ...entry, committed: true, changed: this.#options.now() });
  }

  #there(): Met {
    if (this.#met === undefined) throw new WrongDevice("silent", "nobody was met");
    return this.#met;
  }

  async #note(entry: Entry): Promise<Entry> {
    await this.#options.journal.put(entry);
    if (this.#met !== undefined) this.#met = { ...this.#met, entry };
    return entry;
  }

  async #tellGateway(kid: string, status: Status): Promise<void> {
    const { site, office } = this.#options;
    const username = site.gateway.username?.replace("{kid}", kid);
    const gateway = told({ ...site.gateway, ...(username === undefined ? {} : { username }) });
    // It has its account already, with a password that it shows nobody: it was unplugged after that step.
    if (site.account && status.username === kid) return;
    await this.#talk.ask("set_gateway", { ...gateway, ...(site.account ? await office.account(kid) : {}) });
  }

  /** The cut came after the device's last step, and before the journal's; or somebody else provisioned it. */
  async #committedBefore({ kid, model, simulated }: Identity, { subject }: Status, entry: Entry | undefined): Promise<Entry> {
    const { site, district, journal, office, now } = this.#options;
    if (entry !== undefined && entry.state !== "begun") {
      const noted = { ...entry, committed: true, changed: now() };
      await journal.put(noted);
      return noted;
    }
    if (subject === undefined) throw new WrongDevice("provisioned", "?");
    if (entry === undefined) throw new WrongDevice("provisioned", subject);
    if (!(await office.has(kid, subject))) throw new WrongDevice("never-asked", `${subject}, ${model}${simulated ? ", simulated" : ""}`);
    const noted: Entry = { ...entry, realm: site.realm, district, state: "enrolled", committed: true, changed: now() };
    await journal.put(noted);
    return noted;
  }
}
