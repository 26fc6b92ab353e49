/** A device at a stream that says what the real firmware said (tests/web/record_serial.py), under whatever id it is asked. */

import { readFileSync } from "node:fs";
import type { Duplex, Message } from "../../src/serial/line.ts";

interface Exchange {
  readonly sent: Message;
  readonly came: readonly string[];
  readonly committed?: boolean;
}

const RECORDING = JSON.parse(readFileSync(new URL("../fixtures/serial.json", import.meta.url), "utf8")) as {
  readonly nonce: string;
  readonly exchanges: readonly Exchange[];
};
export const NONCE = RECORDING.nonce;

function said(what: string, committed: boolean): readonly string[] {
  const found = RECORDING.exchanges.find(({ sent, committed: after }) => sent["do"] === what && (after === true) === (committed && what === "status"));
  return found?.came ?? RECORDING.exchanges.find(({ sent }) => sent["do"] === "nonsense")?.came ?? [];
}

/** The answer to a request, as it was recorded. */
export function answerTo(what: string, committed = false): Message {
  const last = said(what, committed).at(-1) ?? "{}";
  return (JSON.parse(last) as { readonly ok: Message }).ok;
}

export class RecordedDevice {
  /** What it was asked, in order, without ids. */
  readonly asked: Message[] = [];
  committed = false;
  /** Bytes in a piece: a UART gives few at a time. */
  piece = 7;
  /** What is said in the place of a recorded answer. */
  readonly changes = new Map<string, Message>();
  /** The cable is pulled at this request. */
  cutAt: string | undefined;
  readonly stream: Duplex;
  #out: ReadableStreamDefaultController<Uint8Array> | undefined;
  #text = "";

  constructor() {
    this.stream = {
      readable: new ReadableStream({ start: (controller) => void (this.#out = controller) }),
      writable: new WritableStream({ write: (bytes: Uint8Array) => this.#take(new TextDecoder().decode(bytes)) }),
    };
  }

  say(line: string): void {
    const bytes = new TextEncoder().encode(`${line}\r\n`);
    for (let at = 0; at < bytes.length; at += this.piece) this.#out?.enqueue(bytes.slice(at, at + this.piece));
  }

  #take(text: string): void {
    this.#text += text;
    for (let end = this.#text.indexOf("\n"); end >= 0; end = this.#text.indexOf("\n")) {
      const line = this.#text.slice(0, end).trim();
      this.#text = this.#text.slice(end + 1);
      if (line !== "") this.#answer(JSON.parse(line) as Message);
    }
  }

  #answer({ id, ...asked }: Message): void {
    const what = String(asked["do"]);
    this.asked.push(asked);
    if (this.cutAt === what) return this.#out?.error(new DOMException("The device has been lost.", "NetworkError"));
    const change = this.changes.get(what);
    for (const line of said(what, this.committed)) {
      const recorded = JSON.parse(line) as Message;
      const found = change !== undefined && "ok" in recorded ? { ok: change } : recorded;
      this.say(JSON.stringify("log" in recorded ? recorded : { ...found, id }));
    }
    if (what === "commit") this.committed = true;
  }
}
