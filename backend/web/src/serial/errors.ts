/**
 * What stops a conversation with a device, or a crew; `problem` is what the texts know, `detail` says more.
 *
 *     CrewError
 *     ├── Unplugged      the device went away, or never answered: plug it in again, and it goes on
 *     ├── DeviceRefused  the device said no; `detail` has its name for why and its words
 *     ├── WrongDevice    not the device that this is about: board, firmware, realm, answers, or provisioned already
 *     └── Faulty         it does not pass its self-test: nothing was enrolled
 */

export type Problem =
  | "gone"
  | "silent"
  | "refused"
  | "strange"
  | "other-realm"
  | "other-board"
  | "other-firmware"
  | "provisioned"
  | "never-asked"
  | "other-subject"
  | "not-proved"
  | "faulty";

export class CrewError extends Error {
  readonly problem: Problem;
  readonly detail: string;

  constructor(problem: Problem, detail: string) {
    super(`${problem}: ${detail}`);
    this.name = new.target.name;
    this.problem = problem;
    this.detail = detail;
  }
}

export class Unplugged extends CrewError {}
export class DeviceRefused extends CrewError {}
export class WrongDevice extends CrewError {}
export class Faulty extends CrewError {}
