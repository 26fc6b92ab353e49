/** The external anchors of a proof that holds: what each shows, what it adds, and which block to look up. */

import { useTexts } from "../hooks/language.tsx";
import { type AnchorTexts, anchorTexts } from "../texts/anchors.ts";
import type { AnchorFinding, Block } from "../verifier/anchors.ts";
import { toHex } from "../verifier/bytes.ts";
import { useSpeech } from "./proved.tsx";
import { Mark } from "./steps.tsx";

/** Address of the page that asks a node for a block; only that page may talk to anybody but the city. */
export function blockPage({ chain, number, hash }: Block): string {
  return `/block?chain=${chain}&number=${number}&hash=0x${toHex(hash)}`;
}

/** What the anchor shows, and what that adds. */
function sentencesOf({ kind, status, time, block, says }: AnchorFinding, texts: AnchorTexts, moment: (seconds: bigint) => string): readonly [string, string] {
  const when = time === undefined ? "" : moment(time);
  if (kind === "evm" && block !== undefined) {
    const sentence = status === "checked" ? texts.chain : texts.unseen;
    return [sentence(when, String(block.number), String(block.chain)), texts.chainAdds];
  }
  if (status !== "checked") return [says, ""];
  return kind === "opentimestamps" ? [texts.bitcoin(when), texts.bitcoinAdds] : [texts.authority(when), texts.authorityAdds];
}

function BlockToFind({ block }: { readonly block: Block }) {
  const { language } = useTexts();
  const texts = anchorTexts[language];
  return (
    <>
      <p class="note">
        {texts.blockHash}: <code>0x{toHex(block.hash)}</code>
      </p>
      <p>
        <a href={blockPage(block)} data-action="look-up">
          {texts.lookUp}
        </a>
      </p>
    </>
  );
}

function Anchor({ found }: { readonly found: AnchorFinding }) {
  const { language } = useTexts();
  const texts = anchorTexts[language];
  const { time } = useSpeech();
  const { name, kind, size, status, block } = found;
  const [says, adds] = sentencesOf(found, texts, time);
  return (
    <li data-says="anchor" data-anchor={name} data-kind={kind} data-status={status}>
      <Mark status={status} />
      <div>
        <p class="anchor-kind">{texts.kinds[kind]}</p>
        <p>{says}</p>
        {status === "not-checked" && block !== undefined && <BlockToFind block={block} />}
        <p class="note">
          {adds} {texts.fixed(name, String(size))}
        </p>
      </div>
    </li>
  );
}

/** Nothing where the proof carries none; the list of steps says so. */
export function Anchors({ of }: { readonly of: readonly AnchorFinding[] }) {
  const { language } = useTexts();
  if (of.length === 0) return null;
  return (
    <section data-proof="anchors">
      <h4>{anchorTexts[language].heading}</h4>
      <ul class="sentences">
        {of.map((found) => (
          <Anchor key={found.name} found={found} />
        ))}
      </ul>
    </section>
  );
}
