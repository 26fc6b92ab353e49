/** Where the pin and the language are kept: this browser's storage, or the page's memory where the reader has switched that off. */

import type { PinStore } from "./trust/pinstore.ts";

/** Storage, or undefined where reading the property already throws. */
function storage(): Storage | undefined {
  try {
    return window.localStorage;
  } catch (error) {
    if (error instanceof DOMException) return undefined;
    throw error;
  }
}

class BrowserStore implements PinStore {
  readonly #memory = new Map<string, string>();

  get forgetful(): boolean {
    return storage() === undefined || this.#memory.size > 0;
  }

  getItem(key: string): string | null {
    return this.#memory.get(key) ?? storage()?.getItem(key) ?? null;
  }

  setItem(key: string, value: string): void {
    try {
      const lasting = storage();
      if (lasting === undefined) this.#memory.set(key, value);
      else lasting.setItem(key, value);
    } catch (error) {
      // Full, or of no size at all in some private windows.
      if (!(error instanceof DOMException)) throw error;
      this.#memory.set(key, value);
    }
  }

  removeItem(key: string): void {
    this.#memory.delete(key);
    storage()?.removeItem(key);
  }
}

let shared: BrowserStore | undefined;

/** The store of this page; all of its parts see the same. */
export function browserStore(): PinStore {
  shared ??= new BrowserStore();
  return shared;
}
