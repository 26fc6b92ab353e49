/** HTTP client of the backend's API. */

import { noteAnswer } from "./kept.ts";
import type {
  Alarms,
  AnchorReport,
  Anchoring,
  AnchoringPage,
  CarePage,
  CheckpointPage,
  Claim,
  City,
  Completeness,
  Device,
  DevicePage,
  EntryPage,
  History,
  ListedEntry,
  NearbySubject,
  PublishedCheckpoint,
  Scripts,
  SentReport,
  State,
  Subject,
  Witness,
} from "./types.ts";

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
  const problem = (json ? parsed(await response.text()) : undefined) as Problem | undefined;
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  const retryAfter = Number.isFinite(seconds) ? seconds : undefined;
  return new ApiError(response.status, problem?.detail ?? response.statusText, problem?.reason, retryAfter);
}

/** JSON, or undefined where something on the way answered instead of the backend. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** What `read` takes from the answer. A connection that fails, also in the middle, is an ApiError of status 0. */
async function request<T>(path: string, read: (response: Response) => Promise<T>, signal?: AbortSignal): Promise<T> {
  try {
    const response = await fetch(path, { cache: "no-cache", ...(signal === undefined ? {} : { signal }) });
    noteAnswer(path, response.headers);
    if (!response.ok) throw await problemOf(response);
    return await read(response);
  } catch (error) {
    if (error instanceof TypeError) throw new ApiError(0, error.message);
    throw error;
  }
}

/** Sends something; the answer's JSON, or undefined without one. Throws ApiError. */
export async function send<T>(method: string, path: string, body: BodyInit | undefined, headers: Readonly<Record<string, string>>): Promise<T> {
  try {
    const response = await fetch(path, { method, headers, ...(body === undefined ? {} : { body }) });
    if (!response.ok) throw await problemOf(response);
    return parsed(await response.text()) as T;
  } catch (error) {
    if (error instanceof TypeError) throw new ApiError(0, error.message);
    throw error;
  }
}

/** The JSON under a path. Throws ApiError. */
export async function json<T>(path: string, signal?: AbortSignal): Promise<T> {
  const answer = parsed(await request(path, (response) => response.text(), signal));
  if (answer === undefined) throw new ApiError(0, `no JSON under ${path}`);
  return answer as T;
}

export function fetchCity(): Promise<City> {
  return json(`${API}/city`);
}

function subjectPath(kind: string, name: string): string {
  return `${API}/subjects/${encodeURIComponent(kind)}/${encodeURIComponent(name)}`;
}

export function fetchSubject(kind: string, name: string): Promise<Subject> {
  return json(subjectPath(kind, name));
}

export function fetchDevice(kid: string): Promise<Device> {
  return json(`${API}/devices/${kid}`);
}

/** The last value of each measurement. Throws ApiError 404 where the server gives none. */
export function fetchState(kind: string, name: string): Promise<State> {
  return json(`${subjectPath(kind, name)}/state`);
}

/** What was done for a tree, newest first. */
export function fetchCare(kind: string, name: string, cursor: string | null): Promise<CarePage> {
  return json(`${subjectPath(kind, name)}/care${cursor === null ? "" : `?cursor=${cursor}`}`);
}

/** Bins with room, nearest first. */
export async function fetchBinsWithRoom(latitude: number, longitude: number, limit: number): Promise<readonly NearbySubject[]> {
  const query = new URLSearchParams({ near: `${latitude},${longitude}`, kind: "bin", not_full: "true", limit: String(limit) });
  return ((await json(`${API}/subjects?${query.toString()}`)) as { readonly subjects: readonly NearbySubject[] }).subjects;
}

/** The claim of a deposit, or undefined if nobody has claimed it. */
export async function fetchClaim(kid: string, seq: bigint): Promise<Claim | undefined> {
  try {
    return await json(`${API}/devices/${kid}/records/${seq}/claim`);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

/** Claims a deposit for a wallet (a thumbprint in hexadecimal). Throws ApiError: 409 taken, 410 too old, 403 and 404 no valid token. */
export function claimDeposit(token: string, wallet: string): Promise<Claim> {
  return send("POST", `${API}/claims`, JSON.stringify({ token, wallet }), { "content-type": "application/json" });
}

export function sendReport(kind: string, name: string, category: string, text: string): Promise<SentReport> {
  return send("POST", `${subjectPath(kind, name)}/reports`, JSON.stringify({ category, text }), { "content-type": "application/json" });
}

export async function sendPhoto({ id, token }: SentReport, photo: Blob): Promise<void> {
  await send("PUT", `${API}/reports/${id}/photo`, photo, { "content-type": photo.type, "report-token": token });
}

export async function takeBackReport({ id, token }: SentReport): Promise<void> {
  await send("DELETE", `${API}/reports/${id}`, undefined, { "report-token": token });
}

/** The bytes of a file that the city serves. */
export async function fetchFile(path: string): Promise<Uint8Array> {
  return new Uint8Array(await request(path, (response) => response.arrayBuffer()));
}

/** Which scripts the city serves. Throws ApiError 404 where nothing is built. */
export function fetchScripts(): Promise<Scripts> {
  return json("/verifier.json");
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

/** Address of the picture of a device's QR code. */
export function codeOf(kid: string): string {
  return `${API}/devices/${kid}/qr.svg`;
}

export function fetchHistory(kid: string, name: string, from: Date, to: Date, points: number): Promise<History> {
  const query = new URLSearchParams({ name, from: from.toISOString(), to: to.toISOString(), points: String(points) });
  return json(`${API}/devices/${kid}/history?${query.toString()}`);
}

/** The server's account of a device's numbers. Throws ApiError 404 where it gives none. */
export function fetchCompleteness(kid: string): Promise<Completeness> {
  return json(`${API}/devices/${kid}/completeness`);
}

/** The newest entries about a subject. */
export async function fetchEntriesAbout(subject: string): Promise<readonly ListedEntry[]> {
  const query = new URLSearchParams({ subject, limit: "20" });
  return ((await json(`${API}/entries?${query.toString()}`)) as EntryPage).entries;
}

/** The newest published state of the log. */
export async function fetchNewestCheckpoint(): Promise<PublishedCheckpoint | undefined> {
  return ((await json(`${API}/checkpoints?limit=1`)) as CheckpointPage).checkpoints[0];
}

export function fetchWitnesses(): Promise<readonly Witness[]> {
  return json(`${API}/witnesses`);
}

/** What needs somebody now. */
export function fetchAlarms(signal: AbortSignal): Promise<Alarms> {
  return json(`${API}/alarms`, signal);
}

/** The names of the anchors that the city's policy accepts, as the server says. */
async function fetchAnchorNames(): Promise<readonly string[]> {
  const document: { readonly policy?: { readonly anchors?: readonly { readonly name: string }[] } } = await json("/policy.json");
  return [...new Set(document.policy?.anchors?.map(({ name }) => name))];
}

async function fetchNewestAnchoring(name: string, query: string): Promise<Anchoring | undefined> {
  const page: AnchoringPage = await json(`${API}/anchors?limit=1&name=${encodeURIComponent(name)}${query}`);
  return page.anchors[0];
}

/** Of each anchor of the policy the newest anchoring that is confirmed, and the newest, if it is another. */
export async function fetchAnchors(): Promise<readonly AnchorReport[]> {
  const names = await fetchAnchorNames();
  return Promise.all(
    names.map(async (name) => {
      const queries = ["&state=confirmed", ""].map((query) => fetchNewestAnchoring(name, query));
      const [confirmed, newest] = await Promise.all(queries);
      const found = newest?.size === confirmed?.size ? [confirmed] : [confirmed, newest];
      return { name, anchorings: found.filter((item) => item !== undefined) };
    }),
  );
}

/** Address of a log entry's own bytes; its receipt and proofs lie below. */
export function entryPath(index: bigint | number): string {
  return `/entries/${index}`;
}

/** Bundle of a log entry. Throws ApiError 409 while no checkpoint covers it. */
export async function fetchEntryProof(index: bigint, signal?: AbortSignal): Promise<Uint8Array> {
  return new Uint8Array(await request(`${entryPath(index)}/proof`, (response) => response.arrayBuffer(), signal));
}

/** The proof file's bytes. Throws ApiError 409 while no checkpoint covers the record. */
export async function fetchProof(path: string, signal: AbortSignal): Promise<Uint8Array> {
  return new Uint8Array(await request(path, (response) => response.arrayBuffer(), signal));
}

export async function fetchPolicy(signal?: AbortSignal): Promise<string> {
  return request("/policy.json", (response) => response.text(), signal);
}
