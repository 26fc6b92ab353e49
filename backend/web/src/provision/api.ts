/** What the page of provisioning asks of the API, as a page of the city's own, which the header shows (no form can send it). */

import { ApiError, fetchDevice, json, send } from "../api/client.ts";
import { WrongDevice } from "../serial/errors.ts";
import type { Office } from "./crew.ts";
import type { Entry } from "./entry.ts";
import type { Desk, Standing } from "./sending.ts";
import type { Account, Site } from "./site.ts";

const OWN_PAGE = { "x-civicroot-request": "1" } as const;
const JSON_BODY = { ...OWN_PAGE, "content-type": "application/json" } as const;

/** A request as the registrar sees it. */
export interface Listed extends Standing {
  readonly district: string;
  readonly subject: string;
  readonly kid: string;
  readonly label: string | null;
  readonly degrees: readonly string[] | null;
  readonly model: string | null;
  readonly by: string;
  readonly requested: string;
}

function inDistrict(district: string): string {
  return `/api/v1/districts/${encodeURIComponent(district)}`;
}

/** What devices are told: secrets, for the page's memory alone. */
export function fetchSite(district: string): Promise<Site> {
  return send("POST", `${inDistrict(district)}/site`, undefined, OWN_PAGE);
}

export const desk: Desk = {
  put: ({ district, request }) => send("POST", `${inDistrict(district)}/enrolments`, JSON.stringify(request), JSON_BODY),
  get: ({ district, sent }) => json(`${inDistrict(district)}/enrolments/${sent ?? ""}`),
};

export function officeOf(district: string): Office {
  return {
    account: (kid): Promise<Account> => send("POST", `${inDistrict(district)}/site/accounts`, JSON.stringify({ kid }), JSON_BODY),
    has: async (kid, subject) => {
      try {
        const device = await fetchDevice(kid);
        if (device.subject !== subject) throw new WrongDevice("provisioned", device.subject);
        return true;
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return false; // the city does not know it
        throw error;
      }
    },
  };
}

/** Take a request back, while nobody has decided. */
export async function withdraw({ district, sent }: Entry): Promise<void> {
  await send("DELETE", `${inDistrict(district)}/enrolments/${sent ?? ""}`, undefined, OWN_PAGE);
}

/** Address of a label, as `svg` or `pdf`. */
export function labelPath({ district, sent }: Entry, kind: "svg" | "pdf"): string {
  return `${inDistrict(district)}/enrolments/${sent ?? ""}/label.${kind}`;
}

export async function fetchWaiting(district: string): Promise<readonly Listed[]> {
  return ((await json(`${inDistrict(district)}/enrolments?state=waiting&limit=200`)) as { readonly enrolments: readonly Listed[] }).enrolments;
}

export async function decide(district: string, { id }: Listed, decision: "approved" | "declined", reason = ""): Promise<void> {
  await send("PUT", `${inDistrict(district)}/enrolments/${id}/decision`, JSON.stringify({ decision, reason }), JSON_BODY);
}
