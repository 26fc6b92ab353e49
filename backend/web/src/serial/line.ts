/** Lines of JSON over a stream of bytes in both directions, as Web Serial's port is one once it is open. */

import { Unplugged } from "./errors.ts";

/** What a `SerialPort` has, and everything that stands in for one. */
export interface Duplex {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}

export type Message = Readonly<Record<string, unknown>>;

/** A self-test of a board with many sensors answers in a few kB; nobody who speaks the protocol sends more without a line's end. */
const MAX_LINE = 64 * 1024;
const NEWLINE = 10;

/** The JSON object of a line; undefined for anything else, as a board says while it starts. */
export function parseLine(text: string): Message | undefined {
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === "object" && found !== null && !Array.isArray(found) ? (found as Message) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export class Line {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #messages: Message[] = [];
  #rest = new Uint8Array();
  #gone: string | undefined;
  #wake: () => void = () => undefined;

  constructor({ readable, writable }: Duplex) {
    this.#reader = readable.getReader();
    this.#writer = writable.getWriter();
    void this.#pump();
  }

  /** Why the other end is gone; undefined while it is there. */
  get gone(): string | undefined {
    return this.#gone;
  }

  /** Throws Unplugged. */
  async write(message: Message | undefined): Promise<void> {
    const text = message === undefined ? "\n" : `${JSON.stringify(message)}\n`;
    if (this.#gone !== undefined) throw new Unplugged("gone", this.#gone);
    try {
      await this.#writer.write(new TextEncoder().encode(text));
    } catch (error) {
      throw new Unplugged("gone", String(error));
    }
  }

  /** The next object that comes; undefined if none does in so many milliseconds. Throws Unplugged. */
  async next(milliseconds: number): Promise<Message | undefined> {
    if (this.#messages.length === 0 && this.#gone === undefined) await this.#wait(milliseconds);
    const found = this.#messages.shift();
    if (found === undefined && this.#gone !== undefined) throw new Unplugged("gone", this.#gone);
    return found;
  }

  /** Give the stream back, so that its owner can close it. */
  async close(): Promise<void> {
    this.#end("closed");
    await Promise.allSettled([this.#reader.cancel(), this.#writer.close()]);
    this.#reader.releaseLock();
    this.#writer.releaseLock();
  }

  #wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #pump(): Promise<void> {
    try {
      for (;;) {
        const { value, done } = await this.#reader.read();
        if (done) return this.#end("the stream has ended");
        this.#take(value);
      }
    } catch (error) {
      // A port that is pulled out fails its stream (NetworkError); nothing else can go wrong with a read.
      this.#end(String(error));
    }
  }

  #end(why: string): void {
    this.#gone ??= why;
    this.#wake();
  }

  #take(bytes: Uint8Array): void {
    let buffer = new Uint8Array(this.#rest.length + bytes.length);
    buffer.set(this.#rest);
    buffer.set(bytes, this.#rest.length);
    for (let end = buffer.indexOf(NEWLINE); end >= 0; end = buffer.indexOf(NEWLINE)) {
      const found = parseLine(new TextDecoder().decode(buffer.subarray(0, end)));
      if (found !== undefined) this.#messages.push(found);
      buffer = buffer.slice(end + 1);
    }
    this.#rest = buffer.length > MAX_LINE ? new Uint8Array() : buffer;
    this.#wake();
  }
}
