/** The city's realm, for components. */

import { useEffect, useState } from "preact/hooks";
import { fetchCity } from "../api/client.ts";

/** The city's realm, for the page's head only; what is verified comes from the policy. */
export function useRealm(): string | undefined {
  const [realm, setRealm] = useState<string | undefined>();
  useEffect(() => {
    fetchCity().then(
      (city) => setRealm(city.realm),
      (error: unknown) => console.warn("city", String(error)),
    );
  }, []);
  return realm;
}
