/** Who is signed in, asked again whenever there is a network. */

import { useCallback, useEffect, useState } from "preact/hooks";
import { ApiError } from "../../api/client.ts";
import { type Oneself, fetchOneself } from "../../people/api.ts";

/** `offline`: the city cannot be asked. */
export type SessionState = "checking" | "in" | "out" | "offline";

export interface Session {
  readonly state: SessionState;
  readonly oneself: Oneself | undefined;
  readonly look: () => void;
}

export function useSession(): Session {
  const [found, setFound] = useState<Pick<Session, "state" | "oneself">>({ state: "checking", oneself: undefined });
  const look = useCallback(() => {
    fetchOneself().then(
      (oneself) => setFound({ state: oneself === undefined ? "out" : "in", oneself }),
      (error: unknown) => {
        if (!(error instanceof ApiError)) throw error;
        setFound((before) => ({ ...before, state: "offline" }));
      },
    );
  }, []);
  useEffect(() => {
    look();
    window.addEventListener("online", look);
    return () => window.removeEventListener("online", look);
  }, [look]);
  return { ...found, look };
}

/** Districts in which somebody has the role; `city` is all of them. */
export function districtsOf(oneself: Oneself | undefined, role: string): readonly string[] {
  return [...new Set((oneself?.grants ?? []).filter((grant) => grant.role === role).map(({ district }) => district))].sort();
}
