/** The device at the cable: connected by a tap, met, taken through the steps, and let go. */

import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../../api/client.ts";
import { officeOf, desk } from "../../provision/api.ts";
import { type Calibration, Crew, type Met } from "../../provision/crew.ts";
import type { Journal, Wanted } from "../../provision/entry.ts";
import { newNonce } from "../../provision/possession.ts";
import { brought } from "../../provision/sending.ts";
import type { Site } from "../../provision/site.ts";
import type { Found } from "../../serial/answers.ts";
import { Conversation } from "../../serial/conversation.ts";
import { CrewError, type Problem } from "../../serial/errors.ts";
import { Line } from "../../serial/line.ts";
import { type OpenPort, pickPort } from "../../serial/port.ts";

export type Step = "connect" | "tell" | "calibrate" | "test" | "ask" | "send" | "commit";

export interface Trouble {
  readonly problem: Problem | "port" | "city";
  readonly detail: string;
}

export interface Part {
  readonly part: string;
  readonly found: Found;
}

export interface Cable {
  readonly met: Met | undefined;
  readonly running: Step | undefined;
  readonly parts: readonly Part[];
  readonly trouble: Trouble | undefined;
  /** Key of the device that this page has configured, or that is in somebody's way. */
  readonly finished: string | undefined;
  readonly connect: (startOver?: boolean) => void;
  readonly run: (wanted: Wanted, calibrations: readonly Calibration[], allowed: boolean) => void;
  readonly close: () => void;
}

function troubleOf(error: unknown): Trouble {
  if (error instanceof CrewError) return { problem: error.problem, detail: error.detail };
  if (error instanceof ApiError) return { problem: "city", detail: error.message };
  if (error instanceof DOMException) return { problem: "port", detail: error.message };
  throw error;
}

interface Connected {
  readonly crew: Crew;
  readonly line: Line;
  readonly port: OpenPort;
}

export function useCable(site: Site | undefined, district: string, journal: Journal | undefined, changed: () => Promise<void>): Cable {
  const [met, setMet] = useState<Met | undefined>();
  const [running, setRunning] = useState<Step | undefined>();
  const [parts, setParts] = useState<readonly Part[]>([]);
  const [trouble, setTrouble] = useState<Trouble | undefined>();
  const [finished, setFinished] = useState<string | undefined>();
  const connected = useRef<Connected | undefined>(undefined);

  const letGo = async (): Promise<void> => {
    const { line, port } = connected.current ?? {};
    connected.current = undefined;
    await line?.close();
    await Promise.allSettled([port?.close()]); // one that was pulled out cannot be closed
  };
  useEffect(() => () => void letGo(), []);

  const guarded = async (work: () => Promise<void>): Promise<void> => {
    setTrouble(undefined);
    try {
      await work();
    } catch (error) {
      setTrouble(troubleOf(error));
      if (error instanceof CrewError && error.problem === "gone") {
        await letGo();
        setMet(undefined);
      }
    } finally {
      setRunning(undefined);
      await changed();
    }
  };

  const connect = (startOver = false): void => {
    if (site === undefined || journal === undefined) return;
    setRunning("connect");
    setFinished(undefined);
    setParts([]);
    void guarded(async () => {
      await letGo();
      const port = await pickPort();
      if (port === undefined) return;
      const line = new Line(port);
      const options = { site, district, journal, office: officeOf(district), now: () => Date.now(), nonce: newNonce };
      const crew = new Crew(new Conversation(line), options);
      connected.current = { crew, line, port };
      const found = await crew.meet(startOver);
      setMet(found);
      if (found.committed) {
        setFinished(found.identity.kid);
        await letGo();
      }
    });
  };

  const run = (wanted: Wanted, calibrations: readonly Calibration[], allowed: boolean): void => {
    const { crew } = connected.current ?? {};
    if (crew === undefined || journal === undefined) return;
    setParts([]);
    void guarded(async () => {
      setRunning("tell");
      await crew.tell(wanted);
      setRunning("calibrate");
      for (const calibration of calibrations) await crew.calibrate(calibration);
      setRunning("test");
      await crew.test((part, found) => setParts((before) => [...before, { part, found }]), allowed);
      setRunning("ask");
      let entry = await crew.ask(wanted);
      setRunning("send");
      try {
        entry = await brought(entry, desk, journal, Date.now());
      } catch (error) {
        // Without a network it waits here, and the device is configured all the same.
        if (!(error instanceof ApiError)) throw error;
      }
      if (entry.state !== "conflict") {
        setRunning("commit");
        await crew.commit();
      }
      setFinished(entry.kid);
      setMet(undefined);
      await letGo();
    });
  };

  const close = (): void => {
    setMet(undefined);
    setParts([]);
    setFinished(undefined);
    setTrouble(undefined);
    void letGo();
  };
  return { met, running, parts, trouble, finished, connect, run, close };
}
