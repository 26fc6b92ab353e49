/** What this page asks of the API. */

import { type Provider, type SessionItem, ask, fetchWays } from "../../people/api.ts";

const of = (district: string, path: string): string => `districts/${encodeURIComponent(district)}/${path}`;
const page = (cursor: string | null): string => (cursor === null ? "limit=50" : `limit=50&cursor=${cursor}`);

export interface Account {
  readonly id: number;
  readonly login: string;
  readonly name: string;
  readonly active: boolean;
  readonly created: string;
  readonly roles: readonly string[];
}

export interface Accounts {
  readonly items: readonly Account[];
  readonly next: string | null;
}

export interface Invited {
  readonly account: Account;
  readonly link: string;
  readonly expires: string;
}

export type TheirSession = Omit<SessionItem, "current">;

export const SCOPES = ["accounts:read", "accounts:write", "districts:write", "audit-trail:read", "alarms:read", "alarms:write", "enrolments:read", "enrolments:decide"] as const;
export type Scope = (typeof SCOPES)[number];

export interface Key {
  readonly id: number;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: readonly string[];
  readonly created: string;
  readonly expires: string;
  readonly used: string | null;
  readonly revoked: string | null;
}

export interface Line {
  readonly position: number;
  readonly time: string;
  readonly name: string;
  readonly action: string;
  readonly district: string;
  readonly target: string;
  readonly detail: Readonly<Record<string, unknown>>;
  /** Log index of the statement about its batch; null: the log has none yet. */
  readonly entry: number | null;
}

export interface Trail {
  readonly items: readonly Line[];
  readonly next: string | null;
}

export const fetchAccounts = (district: string, cursor: string | null): Promise<Accounts> => ask("GET", of(district, `accounts?${page(cursor)}`));
export const invite = (district: string, login: string, name: string, roles: readonly string[]): Promise<Invited> => ask("POST", of(district, "accounts"), { login, name, roles });
export const inviteAgain = (district: string, id: number): Promise<Invited> => ask("POST", of(district, `accounts/${id}/invitation`));
export const putRoles = (district: string, id: number, roles: readonly string[]): Promise<Account> => ask("PUT", of(district, `accounts/${id}/roles`), { roles });
export const endAccount = (district: string, id: number): Promise<void> => ask("DELETE", of(district, `accounts/${id}`));
export const fetchTheirSessions = async (district: string, id: number): Promise<readonly TheirSession[]> =>
  (await ask<{ readonly items: readonly TheirSession[] }>("GET", of(district, `accounts/${id}/sessions`))).items;
export const endSessions = (district: string, id: number): Promise<void> => ask("DELETE", of(district, `accounts/${id}/sessions`));

export const fetchKeys = async (): Promise<readonly Key[]> => (await ask<{ readonly items: readonly Key[] }>("GET", "api-keys")).items;
export const makeKey = (name: string, scopes: readonly Scope[], days: number): Promise<{ readonly key: Key; readonly text: string }> => ask("POST", "api-keys", { name, scopes, days });
export const revokeKey = (id: number): Promise<void> => ask("DELETE", `api-keys/${id}`);

export const fetchTrail = (district: string, cursor: string | null): Promise<Trail> => ask("GET", of(district, `audit-trail?${page(cursor)}`));
export const addDistrict = (slug: string, name: string): Promise<unknown> => ask("POST", "districts", { slug, name });
export const fetchProviders = async (): Promise<readonly Provider[]> => (await fetchWays()).providers;
