/** The verdict, fetched with the verifier after the page: what a place is shows at once, and its check as soon as it is made. */

import { useEffect, useState } from "preact/hooks";
import { Pending, Unavailable } from "./pending.tsx";
import type { Verdict, VerdictProps } from "./verdict.tsx";

type Component = typeof Verdict;

let loaded: Component | undefined;

export function LateVerdict(props: VerdictProps) {
  const [found, setFound] = useState<{ readonly component: Component } | { readonly failed: string } | undefined>(
    loaded === undefined ? undefined : { component: loaded },
  );
  useEffect(() => {
    if (loaded !== undefined) return;
    import("./verdict.tsx").then(
      ({ Verdict: component }) => {
        loaded = component;
        setFound({ component });
      },
      (error: unknown) => setFound({ failed: String(error) }),
    );
  }, []);
  if (found === undefined) return <Pending waiting={props.waiting} />;
  if ("failed" in found) return <Unavailable detail={found.failed} onAgain={() => window.location.reload()} />;
  return <found.component {...props} />;
}
