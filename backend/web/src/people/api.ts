/** What the sign-in page asks of the API: as a page of the city's own, which the header shows (no form can send it). */

import { ApiError } from "../api/client.ts";

const API = "/api/v1";
const OWN_PAGE = { "x-civicroot-request": "1" } as const;

export interface Provider {
  readonly name: string;
  readonly label: string;
  readonly path: string;
}

export interface WaysIn {
  readonly city: string;
  readonly passkeys: boolean;
  readonly providers: readonly Provider[];
}

export interface Oneself {
  readonly account: number;
  readonly login: string;
  readonly name: string;
  readonly grants: readonly { readonly district: string; readonly role: string }[];
  readonly session: number;
  readonly method: string;
  readonly ends: string;
  readonly recent: boolean;
}

export interface SessionItem {
  readonly id: number;
  readonly method: string;
  readonly agent: string;
  readonly address: string;
  readonly begun: string;
  readonly seen: string;
  readonly current: boolean;
}

export interface PasskeyItem {
  readonly id: number;
  readonly name: string;
  readonly created: string;
  readonly used: string | null;
  readonly cloned: boolean;
}

export interface Passkeys {
  readonly items: readonly PasskeyItem[];
  readonly password: boolean;
}

export interface Guest {
  readonly login: string;
  readonly name: string;
}

/** What the browser is to be asked, as JSON (WebAuthn level 3 §5.1.8, §5.1.9). */
export interface Options {
  readonly publicKey: Readonly<Record<string, unknown>>;
}

/** Asks as a page of the city's own. `version`: of what is changed, as its ETag has it. Throws ApiError. */
export async function ask<T>(method: string, path: string, body?: unknown, version?: number): Promise<T> {
  const matching = version === undefined ? {} : { "if-match": `"${version}"` };
  const headers = { ...OWN_PAGE, ...matching, ...(body === undefined ? {} : { "content-type": "application/json" }) };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  let answer: Response;
  try {
    answer = await fetch(`${API}/${path}`, { method, cache: "no-store", headers, ...sent });
  } catch (error) {
    if (error instanceof TypeError) throw new ApiError(0, error.message);
    throw error;
  }
  const text = await answer.text();
  const found: unknown = text === "" ? undefined : JSON.parse(text);
  if (answer.ok) return found as T;
  const { detail, reason } = (found ?? {}) as { readonly detail?: string; readonly reason?: string };
  const wait = Number(answer.headers.get("retry-after") ?? Number.NaN);
  throw new ApiError(answer.status, detail ?? answer.statusText, reason, Number.isFinite(wait) ? wait : undefined);
}

export const fetchWays = (): Promise<WaysIn> => ask("GET", "sign-in");

/** Who is signed in; undefined: nobody. */
export async function fetchOneself(): Promise<Oneself | undefined> {
  try {
    return await ask("GET", "session");
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return undefined;
    throw error;
  }
}

export const signInWithPassword = (login: string, password: string): Promise<Oneself> => ask("POST", "session/password", { login, password });
export const passkeyOptions = (): Promise<Options> => ask("POST", "session/passkey/options");
export const signInWithPasskey = (credential: unknown): Promise<Oneself> => ask("POST", "session/passkey", { credential });
export const signOut = (): Promise<void> => ask("DELETE", "session");
export const signOutEverywhere = (): Promise<void> => ask("DELETE", "sessions");

export const fetchGuest = (token: string): Promise<Guest> => ask("POST", "invitation", { token });
export const guestOptions = (token: string): Promise<Options> => ask("POST", "invitation/passkey/options", { token });
export const comeInWithPasskey = (token: string, name: string, credential: unknown): Promise<Guest> => ask("POST", "invitation/passkey", { token, name, credential });
export const comeInWithPassword = (token: string, password: string): Promise<Guest> => ask("POST", "invitation/password", { token, password });

export const fetchSessions = async (): Promise<readonly SessionItem[]> => (await ask<{ readonly items: readonly SessionItem[] }>("GET", "sessions")).items;
export const endSession = (id: number): Promise<void> => ask("DELETE", `sessions/${id}`);
export const fetchPasskeys = (): Promise<Passkeys> => ask("GET", "passkeys");
export const newPasskeyOptions = (): Promise<Options> => ask("POST", "passkeys/options");
export const addPasskey = (name: string, credential: unknown): Promise<PasskeyItem> => ask("POST", "passkeys", { name, credential });
export const removePasskey = (id: number): Promise<void> => ask("DELETE", `passkeys/${id}`);
