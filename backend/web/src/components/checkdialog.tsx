/** The check of one reading in a dialog, with every step; the reading stays the one that was asked for. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Reading } from "../api/types.ts";
import { placeName } from "../format/value.ts";
import { useCheck } from "../hooks/check.ts";
import { useTexts } from "../hooks/language.tsx";
import { LateVerdict } from "./lateverdict.tsx";

interface CheckDialogProps {
  readonly subject: string;
  readonly reading: Reading;
  readonly onVerified?: () => void;
  readonly onClose: () => void;
}

export function CheckDialog({ subject, reading, onVerified, onClose }: CheckDialogProps) {
  const { common, check: texts } = useTexts();
  const dialog = useRef<HTMLDialogElement>(null);
  const check = useCheck(subject, reading);
  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => {
    if (check.outcome?.state === "verified") onVerified?.();
  }, [check.outcome]);
  return (
    <dialog ref={dialog} aria-labelledby="dialog-title" onClose={onClose} onClick={(event) => event.target === dialog.current && dialog.current?.close()}>
      <div class="dialog-body" data-panel="dialog">
        <div class="dialog-head">
          <h2 id="dialog-title">{placeName(subject, common)}</h2>
          <button type="button" class="plain" data-action="close" onClick={() => dialog.current?.close()}>
            {texts.close}
          </button>
        </div>
        <LateVerdict outcome={check.outcome} waiting={check.waiting} asked onAgain={check.again} onTrustNewRoots={check.trustNewRoots} />
        <p>
          <a class="button plain" href={reading.proof} download>
            {common.downloadProof}
          </a>
        </p>
      </div>
    </dialog>
  );
}

/** A quiet button beside a value that opens the check of the reading which has it. */
export function ProofButton({ subject, reading, of }: { readonly subject: string; readonly reading: Reading; readonly of: string }) {
  const { check } = useTexts();
  const [open, setOpen] = useState(false);
  const [verified, setVerified] = useState(false);
  return (
    <>
      <button type="button" class="prove" data-action="prove" data-of={of} data-verified={verified} onClick={() => setOpen(true)}>
        {verified ? `✓ ${check.verifiedShort}` : check.verify}
        <span class="unseen"> {of}</span>
      </button>
      {open && <CheckDialog subject={subject} reading={reading} onVerified={() => setVerified(true)} onClose={() => setOpen(false)} />}
    </>
  );
}
