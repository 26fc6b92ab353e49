/** The deposit behind a claim: its record, once it is here, with its own check. */

import type { Claim } from "../../api/types.ts";
import { LateVerdict } from "../../components/lateverdict.tsx";
import { useCheck } from "../../hooks/check.ts";
import { useTexts } from "../../hooks/language.tsx";
import { claimTexts } from "../../texts/claim.ts";

export function Deposit({ claim, subject }: { readonly claim: Claim; readonly subject: string }) {
  const { language, common } = useTexts();
  const texts = claimTexts[language];
  const { kid, seq, claimed, record } = claim;
  // Of a reading, the check needs no more than which it is and where its proof lies.
  const reading = { kid, seq, time: null, received: claimed, values: [], log_index: 0, published: true, proof: record };
  const check = useCheck(subject, reading);
  return (
    <section class="card" data-panel="deposit">
      <h2>{texts.deposit}</h2>
      <p class="quiet">{texts.depositLead}</p>
      <LateVerdict outcome={check.outcome} waiting={check.waiting} asked onAgain={check.again} onTrustNewRoots={check.trustNewRoots} />
      <p>
        <a class="button plain" href={record} download data-action="download-proof">
          {common.downloadProof}
        </a>
      </p>
    </section>
  );
}
