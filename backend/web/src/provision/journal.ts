/** The journal in the browser's database (IndexedDB), or in memory where there is none: then it ends with the page. */

import type { Entry, Journal } from "./entry.ts";

const NAME = "civicroot-provision";
const VERSION = 1;
const DEVICES = "devices";

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

function opened(): Promise<IDBDatabase> {
  const request = indexedDB.open(NAME, VERSION);
  request.onupgradeneeded = () => request.result.createObjectStore(DEVICES, { keyPath: "kid" });
  return done(request);
}

class DurableJournal implements Journal {
  readonly #database: IDBDatabase;

  constructor(database: IDBDatabase) {
    this.#database = database;
  }

  get(kid: string): Promise<Entry | undefined> {
    return done(this.#store("readonly").get(kid) as IDBRequest<Entry | undefined>);
  }

  all(): Promise<readonly Entry[]> {
    return done(this.#store("readonly").getAll() as IDBRequest<Entry[]>);
  }

  async put(entry: Entry): Promise<void> {
    const store = this.#store("readwrite");
    store.put(entry);
    await finished(store.transaction);
  }

  async remove(kid: string): Promise<void> {
    const store = this.#store("readwrite");
    store.delete(kid);
    await finished(store.transaction);
  }

  #store(mode: IDBTransactionMode): IDBObjectStore {
    return this.#database.transaction(DEVICES, mode, { durability: "strict" }).objectStore(DEVICES);
  }
}

export class MemoryJournal implements Journal {
  readonly #entries = new Map<string, Entry>();

  get(kid: string): Promise<Entry | undefined> {
    return Promise.resolve(this.#entries.get(kid));
  }

  all(): Promise<readonly Entry[]> {
    return Promise.resolve([...this.#entries.values()]);
  }

  put(entry: Entry): Promise<void> {
    this.#entries.set(entry.kid, entry);
    return Promise.resolve();
  }

  remove(kid: string): Promise<void> {
    this.#entries.delete(kid);
    return Promise.resolve();
  }
}

let shared: Promise<Journal> | undefined;

/** The journal of this browser. */
export function openJournal(): Promise<Journal> {
  shared ??= opened().then(
    (database) => new DurableJournal(database),
    (error: unknown) => {
      console.warn("journal", String(error)); // some private windows have no database
      return new MemoryJournal();
    },
  );
  return shared;
}
