/**
 * The service worker: what was seen last opens without a network, and says how old it is.
 *
 * Pages and answers come from the network where it gives them, and else from what is kept; a kept answer carries when it was
 * kept. Nothing kept is believed for that: its proof is checked again like any other. It imports nothing, so that it also runs in
 * browsers whose workers are no modules.
 */

/** Filled in by the build (bundling/shell.ts). */
declare const __SHELL__: { readonly version: string; readonly files: readonly string[]; readonly crew: readonly string[] };
const SHELL = __SHELL__;

const KEPT = "x-civicroot-kept";
const SHELL_CACHE = `civicroot-shell-${SHELL.version}`;
const DATA_CACHE = "civicroot-data-1";
/** Of answers: pages of a few dozen places with their proofs. */
const MAX_KEPT = 300;
/** On a bad connection, what is kept is shown after so long; who has nothing kept waits on. */
const PATIENCE_MS = 4_000;
/** The pages that open without a network; a bin's and a tree's are the same for every name. */
const PAGES = ["/", "/b/-", "/t/-", "/claim", "/proves", "/privacy", "/promise"];
/** Those that are kept, with their scripts, for who has opened them: the map is too large to be fetched for everybody. */
const OPENED_PAGES = ["/map"];
/** Those of crews, which work where there is no network: kept for who opens them, and for no citizen. */
const CREW_PAGES = ["/crew", "/provision"];
/** A bin's name has at most 48 characters (SPEC.md §2); what is longer is a claim token. */
const MAX_NAME = 48;

interface WaitingEvent extends Event {
  waitUntil(promise: Promise<unknown>): void;
}

interface FetchEvent extends WaitingEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}

interface Worker {
  readonly location: Location;
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", listener: (event: WaitingEvent) => void): void;
  addEventListener(type: "fetch", listener: (event: FetchEvent) => void): void;
  addEventListener(type: "message", listener: (event: WaitingEvent & { readonly data: unknown }) => void): void;
}

const worker = self as unknown as Worker;

/** An address under which a page's HTML is kept: it is the same for every place of a kind. */
function pageOf(path: string): string | undefined {
  const [, kind, name] = /^\/([bt])\/([^/]+)$/i.exec(path) ?? [];
  if (kind === undefined || name === undefined) return [...PAGES, ...OPENED_PAGES, ...CREW_PAGES].find((page) => page === path);
  if (kind === "B" && name.length > MAX_NAME) return "/claim";
  return `/${kind.toLowerCase()}/-`;
}

/** Answers that a page shows or checks; what streams, sends or names a person is none. */
function isData({ pathname, searchParams }: URL): boolean {
  if (searchParams.has("format")) return false; // a file may be long, and who takes one wants it as it is now
  if (pathname === "/policy.json") return true;
  if (/^\/entries\/\d+\/proof$/.test(pathname)) return true;
  return /^\/api\/v1\/(?:city|subjects|devices|entries|checkpoints|witnesses|anchors)(?:\/|$)/.test(pathname) && !pathname.endsWith("/claim");
}

async function install(): Promise<void> {
  const cache = await caches.open(SHELL_CACHE);
  await cache.addAll(SHELL.files);
  for (const page of PAGES) await cache.put(page, await fetch(page, { cache: "no-store" }));
  await worker.skipWaiting();
}

/** Pages of crews with all that they may load later; what is kept already is not fetched again. */
async function keepCrew(): Promise<void> {
  const cache = await caches.open(SHELL_CACHE);
  const kept = new Set((await cache.keys()).map(({ url }) => new URL(url).pathname));
  await cache.addAll(SHELL.crew.filter((file) => !kept.has(file)));
  for (const page of CREW_PAGES) {
    const fresh = await fetch(page, { cache: "no-store" });
    if (fresh.ok) await cache.put(page, fresh);
  }
}

async function activate(): Promise<void> {
  const old = (await caches.keys()).filter((name) => name.startsWith("civicroot-") && ![SHELL_CACHE, DATA_CACHE].includes(name));
  await Promise.all(old.map((name) => caches.delete(name)));
  await worker.clients.claim();
}

/** The same answer with the time at which it was kept. */
async function stamped(response: Response): Promise<Response> {
  const headers = new Headers(response.headers);
  headers.set(KEPT, new Date().toISOString());
  return new Response(await response.arrayBuffer(), { status: response.status, statusText: response.statusText, headers });
}

async function keep(cacheName: string, key: string, response: Response): Promise<void> {
  const cache = await caches.open(cacheName);
  // Deleted first, so that the order of the keys is that of their age.
  await cache.delete(key);
  await cache.put(key, await stamped(response));
  const keys = await cache.keys();
  await Promise.all(keys.slice(0, Math.max(0, keys.length - MAX_KEPT)).map((old) => cache.delete(old)));
}

function late(kept: Response): Promise<Response> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(kept), PATIENCE_MS);
  });
}

/** From the network, or from what is kept under `key` if that fails or takes too long. */
async function freshOrKept(event: FetchEvent, cacheName: string, key: string): Promise<Response> {
  const kept = await (await caches.open(cacheName)).match(key);
  const fresh = fetch(event.request);
  event.waitUntil(
    fresh.then(
      (response) => (response.ok && !response.redirected ? keep(cacheName, key, response.clone()) : undefined),
      () => undefined,
    ),
  );
  if (kept === undefined) return fresh;
  const orKept = fresh.then(
    (response) => (response.status >= 500 ? kept : response),
    () => kept,
  );
  return Promise.race([orKept, late(kept)]);
}

/** A script or style, whose name has its hash; one that had to be fetched is kept for the next time. */
async function asset(event: FetchEvent): Promise<Response> {
  const kept = await caches.match(event.request, { ignoreVary: true });
  if (kept !== undefined) return kept;
  const fresh = await fetch(event.request);
  if (fresh.ok) {
    const copy = fresh.clone();
    event.waitUntil(caches.open(SHELL_CACHE).then((cache) => cache.put(event.request, copy)));
  }
  return fresh;
}

worker.addEventListener("install", (event) => event.waitUntil(install()));
worker.addEventListener("activate", (event) => event.waitUntil(activate()));
worker.addEventListener("message", (event) => {
  if (event.data === "keep-crew") event.waitUntil(keepCrew());
});
worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== worker.location.origin) return;
  if (url.pathname.startsWith("/assets/")) return event.respondWith(asset(event));
  const page = request.mode === "navigate" ? pageOf(url.pathname) : undefined;
  if (page !== undefined) return event.respondWith(freshOrKept(event, SHELL_CACHE, page));
  if (request.mode !== "navigate" && isData(url)) return event.respondWith(freshOrKept(event, DATA_CACHE, request.url));
});
