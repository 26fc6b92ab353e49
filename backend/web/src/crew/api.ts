/** What the crews' page asks of the API. No answer is an answer of status 0. */

import type { Conflict, Entry } from "./outbox.ts";
import type { Need, Point, Sheet, Visit, WorkPage } from "./types.ts";

const API = "/api/v1/districts";
const OWN_PAGE = { "x-civicroot-request": "1" } as const;
const PATIENCE_MS = 20_000;

export interface Answer<T> {
  readonly status: number;
  readonly reason: string | undefined;
  /** Undefined unless the status is 2xx, or a conflict that says what is newer. */
  readonly body: T | undefined;
}

async function ask<T>(method: string, path: string, body?: BodyInit, type?: string): Promise<Answer<T>> {
  const headers = { ...OWN_PAGE, ...(type === undefined ? {} : { "content-type": type }) };
  let response: Response;
  let text: string;
  try {
    const sent = body === undefined ? {} : { body };
    response = await fetch(`${API}/${path}`, { method, headers, cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS), ...sent });
    text = await response.text();
  } catch (error) {
    if (error instanceof TypeError || error instanceof DOMException) return { status: 0, reason: undefined, body: undefined };
    throw error;
  }
  const found = parsed(text);
  const reason = response.ok ? undefined : (found as { readonly reason?: string } | undefined)?.reason;
  return { status: response.ok && found === undefined && text !== "" ? 0 : response.status, reason, body: found as T | undefined };
}

/** JSON, or undefined where something on the way answered instead of the city. */
function parsed(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function fetchWork(district: string, { latitude, longitude }: Point, needs: readonly Need[], cursor: string | null): Promise<Answer<WorkPage>> {
  const query = new URLSearchParams([["near", `${latitude.toFixed(6)},${longitude.toFixed(6)}`], ...needs.map((need) => ["need", need])]);
  if (cursor !== null) query.set("cursor", cursor);
  return ask("GET", `${district}/work?${query.toString()}`);
}

export function fetchSheet(district: string, subject: string): Promise<Answer<Sheet>> {
  const [kind = "", name = ""] = subject.split("/");
  return ask("GET", `${district}/subjects/${encodeURIComponent(kind)}/${encodeURIComponent(name)}`);
}

/** Address of a photo of a citizens' report, or of a visit. */
export function reportPhoto(district: string, report: string): string {
  return `${API}/${district}/reports/${report}/photo`;
}

export function visitPhoto(district: string, visit: string, photo: string): string {
  return `${API}/${district}/visits/${visit}/photos/${photo}`;
}

export function sendVisit({ district, visit, key, account, base, subject, made, written }: Entry): Promise<Answer<Visit & Conflict>> {
  const body = JSON.stringify({ entry: key, account, base, subject, made, ...written });
  return ask("PUT", `${district}/visits/${visit}`, body, "application/json");
}

export function sendVisitPhoto({ district, visit }: Entry, id: string, photo: Blob): Promise<Answer<undefined>> {
  return ask("PUT", `${district}/visits/${visit}/photos/${id}`, photo, photo.type);
}
