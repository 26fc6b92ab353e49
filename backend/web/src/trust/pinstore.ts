/** Where the pinned policy lies, apart from what verifies it: pages that check nothing need no verifier to forget it. */

export const PIN_KEY = "civicroot/policy";

/** `localStorage`, or a map in tests. */
export interface PinStore extends Pick<Storage, "getItem" | "setItem" | "removeItem"> {
  /** Whether what is set is lost with the page. */
  readonly forgetful?: boolean;
}

/** Forgets the pin, so that the next policy is taken as on first use. Only a person may ask for that. */
export function forgetPin(store: PinStore): void {
  store.removeItem(PIN_KEY);
}
