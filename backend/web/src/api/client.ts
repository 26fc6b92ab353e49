/** HTTP client of the backend's API. */

import type { City, Device, DevicePage, History } from "./types.ts";

const API = "/api/v1";
/** 200 pages of devices: more than a browser should draw; the rest is found by search. */
const MAX_DEVICE_PAGES = 200;

/** The server answered with a problem (RFC 9457), or not at all (status 0). */
export class ApiError extends Error {
  readonly status: number;
  readonly reason: string | undefined;
  /** Seconds after which to ask again, if the server said so. */
  readonly retryAfter: number | undefined;

  constructor(status: number, message: string, reason?: string, retryAfter?: number) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.reason = reason;
    this.retryAfter = retryAfter;
  }
}

interface Problem {
  readonly detail?: string;
  readonly reason?: string;
}

async function problemOf(response: Response): Promise<ApiError> {
  const json = response.headers.get("content-type")?.includes("json") === true;
  const problem: Problem = json ? ((await response.json()) as Problem) : {};
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  const retryAfter = Number.isFinite(seconds) ? seconds : undefined;
  return new ApiError(response.status, problem.detail ?? response.statusText, problem.reason, retryAfter);
}

async function request(path: string, signal?: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { cache: "no-cache", ...(signal === undefined ? {} : { signal }) });
  } catch (error) {
    if (error instanceof TypeError) throw new ApiError(0, error.message);
    throw error;
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

async function json<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await (await request(path, signal)).json()) as T;
}

export function fetchCity(): Promise<City> {
  return json(`${API}/city`);
}

export function fetchSubject(kind: string, name: string): Promise<Device> {
  return json(`${API}/subjects/${encodeURIComponent(kind)}/${encodeURIComponent(name)}`);
}

/** All devices, page by page. */
export async function fetchDevices(): Promise<readonly Device[]> {
  const devices: Device[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < MAX_DEVICE_PAGES; page++) {
    const query: string = cursor === null ? "limit=100" : `limit=100&cursor=${encodeURIComponent(cursor)}`;
    const answer: DevicePage = await json(`${API}/devices?${query}`);
    devices.push(...answer.devices);
    cursor = answer.next;
    if (cursor === null) break;
  }
  return devices;
}

export function fetchHistory(kid: string, name: string, from: Date, to: Date, points: number): Promise<History> {
  const query = new URLSearchParams({ name, from: from.toISOString(), to: to.toISOString(), points: String(points) });
  return json(`${API}/devices/${kid}/history?${query.toString()}`);
}

/** The proof file's bytes. Throws ApiError 409 while no checkpoint covers the record. */
export async function fetchProof(path: string, signal: AbortSignal): Promise<Uint8Array> {
  return new Uint8Array(await (await request(path, signal)).arrayBuffer());
}

export async function fetchPolicy(signal: AbortSignal): Promise<string> {
  return (await request("/policy.json", signal)).text();
}
