/** Where facts come from that no device measured, and the way to their proof. */

import type { Inventory } from "../../api/types.ts";
import { useTexts } from "../../hooks/language.tsx";
import { treeTexts } from "../../texts/tree.ts";

const STATEMENT = /^\/entries\/(\d+)$/;

/** `lead`: said before it, where the page needs it. */
export function FromInventory({ inventory, lead }: { readonly inventory: Inventory | null; readonly lead?: string }) {
  const { language } = useTexts();
  const texts = treeTexts[language];
  const index = STATEMENT.exec(inventory?.statement ?? "")?.[1];
  return (
    <p class="note" data-statement={index ?? "none"}>
      {lead} {index === undefined ? texts.notStated : <a href={`/entry?index=${index}`}>{texts.statement}</a>}
    </p>
  );
}
