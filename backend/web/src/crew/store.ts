/** What this phone keeps for its crew: the outbox with its photos, and what was seen last. In IndexedDB, so that nothing is lost with the page. */

import type { Entry } from "./outbox.ts";

const NAME = "civicroot-crew";
const VERSION = 1;
const ENTRIES = "entries";
const PHOTOS = "photos";
const KEPT = "kept";

/** Something that was seen, and when (milliseconds). */
export interface Kept<T> {
  readonly value: T;
  readonly at: number;
}

/** Entries are changed by one after another, also from several tabs. */
export interface CrewStore {
  /** Whether what it has is lost with the page: this browser keeps nothing. */
  readonly forgetful: boolean;
  readonly entries: () => Promise<readonly Entry[]>;
  readonly change: (change: (entries: readonly Entry[]) => readonly Entry[]) => Promise<readonly Entry[]>;
  readonly photo: (id: string) => Promise<Blob | undefined>;
  readonly putPhoto: (id: string, photo: Blob) => Promise<void>;
  readonly removePhoto: (id: string) => Promise<void>;
  readonly kept: <T>(key: string) => Promise<Kept<T> | undefined>;
  readonly keep: (key: string, value: unknown, at: number) => Promise<void>;
  readonly forgetKept: () => Promise<void>;
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new DOMException("IndexedDB"));
  });
}

function finished(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new DOMException("IndexedDB"));
  });
}

class DurableStore implements CrewStore {
  readonly forgetful = false;
  readonly #database: IDBDatabase;

  constructor(database: IDBDatabase) {
    this.#database = database;
  }

  readonly entries = (): Promise<readonly Entry[]> => done(this.#store(ENTRIES, "readonly").getAll() as IDBRequest<Entry[]>);

  readonly change = async (change: (entries: readonly Entry[]) => readonly Entry[]): Promise<readonly Entry[]> => {
    const store = this.#store(ENTRIES, "readwrite");
    const before = await done(store.getAll() as IDBRequest<Entry[]>);
    const after = change(before);
    store.clear();
    for (const entry of after) store.put(entry);
    await finished(store.transaction);
    return after;
  };

  readonly photo = async (id: string): Promise<Blob | undefined> => {
    const found = (await done(this.#store(PHOTOS, "readonly").get(id))) as { readonly bytes: ArrayBuffer; readonly type: string } | undefined;
    return found === undefined ? undefined : new Blob([found.bytes], { type: found.type });
  };

  // Bytes and no Blob: some browsers lose those that they keep in private windows.
  readonly putPhoto = async (id: string, photo: Blob): Promise<void> => {
    const bytes = await photo.arrayBuffer();
    const store = this.#store(PHOTOS, "readwrite");
    store.put({ bytes, type: photo.type }, id);
    await finished(store.transaction);
  };

  readonly removePhoto = async (id: string): Promise<void> => {
    await done(this.#store(PHOTOS, "readwrite").delete(id));
  };

  readonly kept = async <T>(key: string): Promise<Kept<T> | undefined> => {
    return (await done(this.#store(KEPT, "readonly").get(key))) as Kept<T> | undefined;
  };

  readonly keep = async (key: string, value: unknown, at: number): Promise<void> => {
    await done(this.#store(KEPT, "readwrite").put({ value, at }, key));
  };

  readonly forgetKept = async (): Promise<void> => {
    await done(this.#store(KEPT, "readwrite").clear());
  };

  #store(name: string, mode: IDBTransactionMode): IDBObjectStore {
    return this.#database.transaction(name, mode, { durability: "strict" }).objectStore(name);
  }
}

/** Of a browser that keeps nothing. */
class PageStore implements CrewStore {
  readonly forgetful = true;
  #entries: readonly Entry[] = [];
  readonly #photos = new Map<string, Blob>();
  readonly #kept = new Map<string, Kept<unknown>>();

  readonly entries = (): Promise<readonly Entry[]> => Promise.resolve(this.#entries);

  readonly change = (change: (entries: readonly Entry[]) => readonly Entry[]): Promise<readonly Entry[]> => {
    this.#entries = change(this.#entries);
    return Promise.resolve(this.#entries);
  };

  readonly photo = (id: string): Promise<Blob | undefined> => Promise.resolve(this.#photos.get(id));

  readonly putPhoto = async (id: string, photo: Blob): Promise<void> => void this.#photos.set(id, photo);

  readonly removePhoto = async (id: string): Promise<void> => void this.#photos.delete(id);

  readonly kept = <T>(key: string): Promise<Kept<T> | undefined> => Promise.resolve(this.#kept.get(key) as Kept<T> | undefined);

  readonly keep = async (key: string, value: unknown, at: number): Promise<void> => void this.#kept.set(key, { value, at });

  readonly forgetKept = async (): Promise<void> => this.#kept.clear();
}

function open(): Promise<IDBDatabase> {
  const request = window.indexedDB.open(NAME, VERSION);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(ENTRIES, { keyPath: "key" });
    request.result.createObjectStore(PHOTOS);
    request.result.createObjectStore(KEPT);
  };
  return done(request);
}

/** The store of this browser, or of this page alone where it has switched that off. */
export async function openStore(): Promise<CrewStore> {
  try {
    return new DurableStore(await open());
  } catch (error) {
    if (!(error instanceof DOMException || error instanceof TypeError)) throw error;
    console.warn("IndexedDB", String(error));
    return new PageStore();
  }
}
