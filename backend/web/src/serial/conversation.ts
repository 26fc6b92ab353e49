/** Requests to a device over its serial line, one JSON object a line, and their answers (docs/provisioning.md). */

import { type Found, type Identity, identityOf, progressOf } from "./answers.ts";
import { DeviceRefused, Unplugged } from "./errors.ts";
import type { Line, Message } from "./line.ts";

const START_MS = 20_000; // a board starts in three seconds; one that is just plugged in is not there at once
const FIRST_ID = 2 ** 30;
const ASK_AGAIN_MS = 1_000;
const ANSWER_MS = 15_000;
/** Wi-Fi takes up to 20 seconds, the broker 15, a probe on SDI-12 8, a page on the e-paper 5. */
export const SELF_TEST_MS = 90_000;

export type Progress = (part: string, found: Found) => void;

export interface Asked {
  readonly milliseconds?: number;
  readonly progress?: Progress;
}

export class Conversation {
  readonly #line: Line;
  readonly #now: () => number;
  /** Answers to whoever asked before, in another window or program, may still come: nobody else has these numbers. */
  #last = Math.floor(Math.random() * FIRST_ID);

  /** `now` gives milliseconds. */
  constructor(line: Line, now: () => number = () => performance.now()) {
    this.#line = line;
    this.#now = now;
  }

  /** Who is there: asked again and again until the device has started. Throws Unplugged, WrongDevice. */
  async begin(milliseconds = START_MS): Promise<Identity> {
    const until = this.#now() + milliseconds;
    await this.#line.write(undefined); // ends what somebody else may have begun on this line
    for (;;) {
      try {
        return identityOf(await this.ask("identity", {}, { milliseconds: ASK_AGAIN_MS }));
      } catch (error) {
        if (!(error instanceof Unplugged) || error.problem === "gone") throw error;
        if (this.#now() >= until) throw new Unplugged("silent", error.detail);
      }
    }
  }

  /** The device's answer. Throws DeviceRefused, Unplugged. */
  async ask(what: string, values: Message = {}, { milliseconds = ANSWER_MS, progress }: Asked = {}): Promise<Message> {
    this.#last += 1;
    const id = this.#last;
    await this.#line.write({ id, do: what, ...values });
    const until = this.#now() + milliseconds;
    for (let left = milliseconds; left > 0; left = until - this.#now()) {
      const answer = await this.#line.next(left);
      // Of a request before, or a line of the log.
      if (answer === undefined || answer["id"] !== id) continue;
      if ("ok" in answer) return typeof answer["ok"] === "object" && answer["ok"] !== null ? (answer["ok"] as Message) : {};
      if ("error" in answer) throw new DeviceRefused("refused", `${String(answer["error"])}: ${String(answer["detail"] ?? "")}`);
      const said = progressOf(answer["progress"]);
      if (said !== undefined) progress?.(...said);
    }
    throw new Unplugged("silent", `no answer to ${what} in ${Math.round(milliseconds / 1000)} s`);
  }
}
