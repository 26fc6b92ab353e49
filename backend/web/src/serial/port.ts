/** The browser's serial port (Web Serial): opened by a person's tap, who picks it in the browser's own list. */

import type { Duplex } from "./line.ts";

/** Where the board has a converter; others do not look at it. */
const BAUD = 115_200;

interface SerialPort {
  readonly readable: ReadableStream<Uint8Array> | null;
  readonly writable: WritableStream<Uint8Array> | null;
  open(options: { readonly baudRate: number }): Promise<void>;
  close(): Promise<void>;
}

interface Serial {
  requestPort(): Promise<SerialPort>;
}

export interface OpenPort extends Duplex {
  close(): Promise<void>;
}

function serial(): Serial | undefined {
  return (navigator as { readonly serial?: Serial }).serial;
}

/** Whether this browser talks to devices by cable at all. */
export function canConnect(): boolean {
  return serial() !== undefined;
}

/** The port that the person picks; undefined if none was. Throws DOMException where it cannot be opened. */
export async function pickPort(): Promise<OpenPort | undefined> {
  let port: SerialPort;
  try {
    const found = await serial()?.requestPort();
    if (found === undefined) return undefined;
    port = found;
  } catch (error) {
    if (error instanceof DOMException && error.name === "NotFoundError") return undefined; // the list was closed
    throw error;
  }
  await port.open({ baudRate: BAUD });
  const { readable, writable } = port;
  if (readable === null || writable === null) throw new DOMException("the port has no streams", "NetworkError");
  return { readable, writable, close: () => port.close() };
}
