/** Who of the staff looks, and at which district. */

import { useEffect, useState } from "preact/hooks";
import { ApiError } from "../api/client.ts";
import { type Oneself, ask, fetchOneself } from "../people/api.ts";

export interface District {
  readonly slug: string;
  readonly name: string;
}

export const CITY = "city";

export type Staff =
  | { readonly state: "loading" | "offline" }
  /** Nobody is signed in. */
  | { readonly state: "nobody" }
  /** Somebody without one of the roles that the page is for. */
  | { readonly state: "stranger"; readonly oneself: Oneself }
  | { readonly state: "ready"; readonly oneself: Oneself; readonly districts: readonly District[] };

/** Whether somebody has one of these roles in a district, or in the whole city. */
export function has({ grants }: Oneself, roles: readonly string[], district: string): boolean {
  return grants.some((grant) => roles.includes(grant.role) && (grant.district === CITY || grant.district === district));
}

async function look(roles: readonly string[]): Promise<Staff> {
  const oneself = await fetchOneself();
  if (oneself === undefined) return { state: "nobody" };
  const all = (await ask<{ readonly items: readonly District[] }>("GET", "districts")).items;
  const mine = all.filter(({ slug }) => has(oneself, roles, slug));
  if (mine.length === 0) return { state: "stranger", oneself };
  const whole = mine.filter(({ slug }) => slug === CITY);
  return { state: "ready", oneself, districts: [...whole, ...mine.filter(({ slug }) => slug !== CITY)] };
}

export function useStaff(roles: readonly string[]): { readonly staff: Staff; readonly reload: () => void } {
  const [staff, setStaff] = useState<Staff>({ state: "loading" });
  const load = (): void => {
    look(roles).then(setStaff, (error: unknown) => {
      if (!(error instanceof ApiError)) throw error;
      setStaff({ state: "offline" });
    });
  };
  useEffect(load, []);
  return { staff, reload: load };
}
