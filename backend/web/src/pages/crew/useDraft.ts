/** What somebody has begun to write at a place: kept on the phone, so that a page that is closed or loaded anew loses none of it. */

import { useEffect, useRef } from "preact/hooks";
import type { CrewStore } from "../../crew/store.ts";
import type { Written } from "../../crew/types.ts";

export interface Drafts {
  /** Somebody writes: from now on it is kept. */
  readonly begin: () => void;
  readonly forget: () => void;
}

/** `key` undefined: nothing is kept. A draft that is there is given to `restore`, unless somebody writes already. */
export function useDraft(store: CrewStore, key: string | undefined, written: Written, restore: (draft: Written) => void): Drafts {
  const writing = useRef(false);
  useEffect(() => {
    if (key === undefined) return;
    void store.kept<Written | undefined>(key).then((kept) => {
      if (kept?.value !== undefined && !writing.current) restore(kept.value);
    });
  }, [store, key]);
  const text = JSON.stringify(written);
  useEffect(() => {
    if (key !== undefined && writing.current) void store.keep(key, written, Date.now());
  }, [text]);
  return {
    begin: () => {
      writing.current = true;
    },
    forget: () => {
      writing.current = false;
      if (key !== undefined) void store.keep(key, undefined, Date.now());
    },
  };
}
