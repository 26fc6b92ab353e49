/** Claims that could not be sent yet, and those that were: both survive closing the page. */

import type { PinStore } from "../trust/pinstore.ts";

const WAITING_KEY = "civicroot/claims-waiting";
const MINE_KEY = "civicroot/claims-mine";
/** What a reader may wait for at once, and what is remembered as theirs. */
const MAX_KEPT = 100;

function read(store: PinStore, key: string): readonly string[] {
  const text = store.getItem(key) ?? "";
  return text === "" ? [] : text.split(" ");
}

function write(store: PinStore, key: string, items: readonly string[]): void {
  const newest = [...new Set(items)].slice(-MAX_KEPT);
  if (newest.length === 0) store.removeItem(key);
  else store.setItem(key, newest.join(" "));
}

/** Digits of the tokens that are to be claimed as soon as that is possible, oldest first. */
export function waiting(store: PinStore): readonly string[] {
  return read(store, WAITING_KEY);
}

export function keepWaiting(store: PinStore, digits: string): void {
  write(store, WAITING_KEY, [...waiting(store), digits]);
}

export function settled(store: PinStore, digits: string): void {
  write(store, WAITING_KEY, waiting(store).filter((item) => item !== digits));
}

/** Whether this browser has claimed the deposit `kid/seq`. */
export function isMine(store: PinStore, deposit: string): boolean {
  return read(store, MINE_KEY).includes(deposit);
}

export function keepMine(store: PinStore, deposit: string): void {
  write(store, MINE_KEY, [...read(store, MINE_KEY), deposit]);
}

export function forgetClaims(store: PinStore): void {
  store.removeItem(WAITING_KEY);
  store.removeItem(MINE_KEY);
}
