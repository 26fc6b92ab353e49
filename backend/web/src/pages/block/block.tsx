/** Page that asks a node for the block in which a chain records the city's log. */

import { useState } from "preact/hooks";
import { Fact } from "../../components/fact.tsx";
import { Frame, Notice } from "../../components/frame.tsx";
import { Mark } from "../../components/steps.tsx";
import { count } from "../../format/time.ts";
import { useTexts } from "../../hooks/language.tsx";
import { useRealm } from "../../hooks/realm.ts";
import { type BlockTexts, blockTexts } from "../../texts/block.ts";
import type { Language } from "../../texts/language.ts";
import { type Answer, type Claimed, askNode, nodeAddress } from "./node.ts";

interface Asked {
  readonly host: string;
  /** Undefined while the node has not answered. */
  readonly answer: Answer | undefined;
}

/** The answer in words, and what follows from it. */
function wordsFor(host: string, answer: Answer, texts: BlockTexts, language: Language): readonly [string, string] {
  switch (answer.state) {
    case "found":
      return [texts.found(host, count(answer.above, language)), texts.foundHint];
    case "other":
      return [texts.other(host), texts.otherHint];
    case "other-chain":
      return [texts.otherChain(host, String(answer.chain)), ""];
    case "absent":
      return [texts.absent(host), ""];
    case "unreachable":
      return [texts.unreachable(host), answer.detail];
  }
}

function Result({ asked }: { readonly asked: Asked }) {
  const { language } = useTexts();
  const texts = blockTexts[language];
  const { host, answer } = asked;
  if (answer === undefined) return <p role="status">{texts.asking}</p>;
  const [says, hint] = wordsFor(host, answer, texts, language);
  const status = answer.state === "found" ? "checked" : answer.state === "other" ? "failed" : "not-checked";
  return (
    <ul class="sentences" role="status" data-answer={answer.state}>
      <li>
        <Mark status={status} />
        <div>
          <p>{says}</p>
          {hint !== "" && <p class="note">{hint}</p>}
        </div>
      </li>
    </ul>
  );
}

function LookUp({ claimed }: { readonly claimed: Claimed }) {
  const { language } = useTexts();
  const texts = blockTexts[language];
  const [address, setAddress] = useState("");
  const [asked, setAsked] = useState<Asked | undefined>();
  const [refused, setRefused] = useState(false);
  const ask = async (): Promise<void> => {
    const node = nodeAddress(address);
    setRefused(node === undefined);
    if (node === undefined) return setAsked(undefined);
    setAsked({ host: node.host, answer: undefined });
    setAsked({ host: node.host, answer: await askNode(node, claimed) });
  };
  return (
    <form
      class="lookup"
      onSubmit={(event) => {
        event.preventDefault();
        void ask();
      }}
    >
      <label>
        <span>{texts.address}</span>
        <span class="lookup-ask">
          <input
            type="url"
            required
            value={address}
            placeholder={texts.addressHint}
            autocomplete="off"
            data-action="node-address"
            onInput={(event) => setAddress(event.currentTarget.value)}
          />
          <button type="submit" data-action="ask-node" disabled={asked !== undefined && asked.answer === undefined}>
            {texts.ask}
          </button>
        </span>
      </label>
      {refused && <p role="alert">{texts.notAnAddress}</p>}
      {asked !== undefined && <Result asked={asked} />}
      <p class="note">{texts.privacy}</p>
    </form>
  );
}

export function BlockPage({ claimed }: { readonly claimed: Claimed | undefined }) {
  const { common, language } = useTexts();
  const texts = blockTexts[language];
  const realm = useRealm();
  return (
    <Frame realm={realm}>
      <p class="back">
        <a href="/">← {common.overview}</a>
      </p>
      <div class="intro">
        <h1>{texts.title}</h1>
        <p>{texts.lead}</p>
      </div>
      {claimed === undefined ? (
        <Notice kind="empty" title={texts.nothing} />
      ) : (
        <section class="card lookup" data-panel="block">
          <dl class="facts">
            <Fact name={texts.chain}>{String(claimed.chain)}</Fact>
            <Fact name={texts.number}>{String(claimed.number)}</Fact>
            <Fact name={texts.hash}>
              <code>{claimed.hash}</code>
            </Fact>
          </dl>
          <LookUp claimed={claimed} />
        </section>
      )}
    </Frame>
  );
}
