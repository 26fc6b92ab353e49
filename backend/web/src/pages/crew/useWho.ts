/** Who works with this phone: whoever is signed in, or without a network whoever was last. */

import { useCallback, useEffect, useState } from "preact/hooks";
import { ApiError } from "../../api/client.ts";
import type { CrewStore } from "../../crew/store.ts";
import { type Oneself, fetchOneself } from "../../people/api.ts";

const KEY = "oneself";
const READERS: readonly string[] = ["crew", "operator", "auditor"];
const WRITERS: readonly string[] = ["crew", "operator"];
export const WHOLE_CITY = "city";

export interface Who {
  /** `checking` at first; `out`: the session is over; `offline`: the city cannot be asked. */
  readonly session: "checking" | "in" | "out" | "offline";
  readonly oneself: Oneself | undefined;
  readonly look: () => void;
}

export function useWho(store: CrewStore | undefined): Who {
  const [who, setWho] = useState<Pick<Who, "session" | "oneself">>({ session: "checking", oneself: undefined });
  const look = useCallback(() => {
    if (store !== undefined) void find(store).then(setWho);
  }, [store]);
  useEffect(look, [look]);
  useEffect(() => {
    window.addEventListener("online", look);
    return () => window.removeEventListener("online", look);
  }, [look]);
  return { ...who, look };
}

async function find(store: CrewStore): Promise<Pick<Who, "session" | "oneself">> {
  const kept = (await store.kept<Oneself>(KEY))?.value;
  try {
    const oneself = await fetchOneself();
    if (oneself === undefined) return { session: "out", oneself: kept };
    // What one account has seen is not for the next one.
    if (kept !== undefined && kept.account !== oneself.account) await store.forgetKept();
    await store.keep(KEY, oneself, Date.now());
    return { session: "in", oneself };
  } catch (error) {
    if (error instanceof ApiError) return { session: "offline", oneself: kept };
    throw error;
  }
}

/** Districts in which somebody reads sheets; the whole city is all of them. */
export function districtsOf({ grants }: Oneself): readonly string[] {
  const found = [...new Set(grants.filter(({ role }) => READERS.includes(role)).map(({ district }) => district))].sort();
  return found.includes(WHOLE_CITY) ? [WHOLE_CITY] : found;
}

export function mayWrite({ grants }: Oneself, district: string): boolean {
  return grants.some((grant) => WRITERS.includes(grant.role) && [district, WHOLE_CITY].includes(grant.district));
}
