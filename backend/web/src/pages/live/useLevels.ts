/** Of each device the newest reading that says what its card shows large: a record carries only what changed. */

import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, fetchState } from "../../api/client.ts";
import type { Device, Reading } from "../../api/types.ts";
import { mainName } from "../../format/value.ts";

/** More than a screen shows; the others show what they said last until they say more. */
const MOST_ASKED = 40;

export type Levels = ReadonlyMap<string, Reading>;

function hasMain({ kind }: Device, { values }: Reading): boolean {
  return values.some(({ name }) => name === mainName(kind));
}

/** The reading with the main value, as the server knows it; undefined where it knows none. */
async function askFor(device: Device): Promise<Reading | undefined> {
  try {
    const { values } = await fetchState(device.kind, device.name);
    return values.find(({ name }) => name === mainName(device.kind))?.reading;
  } catch (error) {
    // The card shows the newest reading, then.
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

export function useLevels(devices: readonly Device[]): Levels {
  const [levels, setLevels] = useState<Levels>(new Map());
  const asked = useRef(new Set<string>());
  useEffect(() => {
    const told = devices.flatMap((device): (readonly [string, Reading])[] => {
      const { kid, latest } = device;
      return latest !== null && hasMain(device, latest) && levels.get(kid) !== latest ? [[kid, latest]] : [];
    });
    if (told.length > 0) setLevels((known) => new Map([...known, ...told]));
    const silent = devices.filter(({ kid, latest }) => latest !== null && !asked.current.has(kid) && !levels.has(kid));
    for (const device of silent.slice(0, Math.max(0, MOST_ASKED - asked.current.size))) {
      if (told.some(([kid]) => kid === device.kid)) continue;
      asked.current.add(device.kid);
      void askFor(device).then((reading) => {
        if (reading !== undefined) setLevels((known) => (known.has(device.kid) ? known : new Map([...known, [device.kid, reading]])));
      });
    }
  }, [devices]);
  return levels;
}
