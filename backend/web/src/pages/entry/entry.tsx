/** Page of one log entry: its proof is fetched and checked, and what it says is shown. */

import { entryPath } from "../../api/client.ts";
import { FileCheck } from "../../components/filecheck.tsx";
import { Frame, Notice } from "../../components/frame.tsx";
import { Verdict } from "../../components/verdict.tsx";
import { useTexts } from "../../hooks/language.tsx";
import { useRealm } from "../../hooks/realm.ts";
import { entryTexts } from "../../texts/entry.ts";
import { useEntryCheck } from "./useEntryCheck.ts";

function Downloads({ index }: { readonly index: bigint }) {
  const { common, language } = useTexts();
  const texts = entryTexts[language];
  const path = entryPath(index);
  return (
    <section class="card">
      <h2>{texts.downloads}</h2>
      <p class="downloads">
        <a class="button plain" href={`${path}/proof`} download={`entry-${index}.proof`} data-action="download-proof">
          {common.downloadProof}
        </a>
        <a class="button plain" href={`${path}/tlog-proof`} download={`entry-${index}.tlog-proof`}>
          {texts.tlogProof}
        </a>
        <a class="button plain" href={`${path}/receipt`} download={`entry-${index}.receipt.cose`}>
          {texts.receipt}
        </a>
        <a class="button plain" href={path} download={`entry-${index}.cose`}>
          {texts.bytes}
        </a>
      </p>
    </section>
  );
}

function Checked({ index }: { readonly index: bigint }) {
  const { outcome, waiting, again, trustNewRoots } = useEntryCheck(index);
  return (
    <section class="card" data-panel="entry">
      <Verdict outcome={outcome} waiting={waiting} asked onAgain={again} onTrustNewRoots={trustNewRoots} />
    </section>
  );
}

export function EntryPage({ index }: { readonly index: bigint | undefined }) {
  const { common, language } = useTexts();
  const texts = entryTexts[language];
  const realm = useRealm();
  return (
    <Frame realm={realm}>
      <p class="back">
        <a href="/">← {common.overview}</a>
      </p>
      <div class="intro">
        <h1>{index === undefined ? texts.title : texts.entry(String(index))}</h1>
        <p>{texts.lead}</p>
      </div>
      <div class="columns even">
        {index === undefined ? <Notice kind="empty" title={texts.noIndex} /> : <Checked index={index} />}
        <div class="column">
          {index !== undefined && <Downloads index={index} />}
          <FileCheck />
        </div>
      </div>
    </Frame>
  );
}
