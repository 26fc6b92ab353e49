/** Reporting a problem: what it is, some words, perhaps a photo; the words go first, so that they arrive on a bad connection. */

import { useEffect, useId, useRef, useState } from "preact/hooks";
import { ApiError, sendPhoto, sendReport, takeBackReport } from "../../api/client.ts";
import type { SentReport, Subject } from "../../api/types.ts";
import { useTexts } from "../../hooks/language.tsx";
import { BIN_PROBLEMS, type Problem, type ReportTexts, TREE_PROBLEMS, reportTexts } from "../../texts/report.ts";

/** Enough of a report's number to tell it on the telephone. */
const SHOWN_ID = 8;
/** As many as the server takes. */
const MAX_WORDS = 500;

type Sent =
  | { readonly state: "none" | "sending" | "taken-back" }
  | { readonly state: "failed"; readonly why: string }
  | { readonly state: "sent"; readonly report: SentReport; readonly photo: "none" | "sent" | "failed" };

function whyOf(error: ApiError, texts: ReportTexts): string {
  if (error.status === 0) return texts.offline;
  return error.status === 429 ? texts.tooMany : `${texts.failed} ${error.message}`;
}

/** Sends the words, then the photo. Throws nothing but defects. */
async function sendAll(device: Subject, problem: Problem, words: string, photo: File | undefined, texts: ReportTexts): Promise<Sent> {
  let report: SentReport;
  try {
    report = await sendReport(device.kind, device.name, problem, words);
  } catch (error) {
    if (error instanceof ApiError) return { state: "failed", why: whyOf(error, texts) };
    throw error;
  }
  if (photo === undefined) return { state: "sent", report, photo: "none" };
  try {
    await sendPhoto(report, photo);
    return { state: "sent", report, photo: "sent" };
  } catch (error) {
    if (error instanceof ApiError) return { state: "sent", report, photo: "failed" };
    throw error;
  }
}

interface PhotoProps {
  readonly photo: File | undefined;
  readonly onPhoto: (photo: File | undefined) => void;
  readonly texts: ReportTexts;
}

function Photo({ photo, onPhoto, texts }: PhotoProps) {
  const [url, setUrl] = useState<string | undefined>();
  useEffect(() => {
    if (photo === undefined) return setUrl(undefined);
    const made = URL.createObjectURL(photo);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [photo]);
  return (
    <div class="photo">
      {url !== undefined && <img src={url} alt={texts.photoChosen} />}
      {photo === undefined ? (
        <label class="button plain">
          {texts.photo}
          <input
            class="unseen"
            type="file"
            accept="image/jpeg,image/png,image/webp"
            data-action="choose-photo"
            onChange={(event) => onPhoto(event.currentTarget.files?.[0])}
          />
        </label>
      ) : (
        <button type="button" class="plain" onClick={() => onPhoto(undefined)}>
          {texts.removePhoto}
        </button>
      )}
      <p class="note">{texts.photoHint}</p>
    </div>
  );
}

interface FormProps {
  readonly device: Subject;
  readonly sent: Sent;
  readonly onSent: (sent: Sent) => void;
  readonly texts: ReportTexts;
}

function Form({ device, sent, onSent, texts }: FormProps) {
  const [problem, setProblem] = useState<Problem | undefined>();
  const [words, setWords] = useState("");
  const [photo, setPhoto] = useState<File | undefined>();
  const box = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const problems: readonly Problem[] = device.kind === "tree" ? TREE_PROBLEMS : BIN_PROBLEMS;
  const needed = problem === "other" && words.trim() === "";
  const submit = (event: Event): void => {
    event.preventDefault();
    if (problem === undefined || sent.state === "sending") return;
    if (needed) return box.current?.focus();
    onSent({ state: "sending" });
    void sendAll(device, problem, words.trim(), photo, texts).then(onSent);
  };
  return (
    <form class="report" onSubmit={submit}>
      <fieldset>
        <legend>{texts.what}</legend>
        {problems.map((item) => (
          <label key={item} class="choice">
            <input type="radio" name="problem" value={item} checked={problem === item} onChange={() => setProblem(item)} />
            <span>{texts.problems[item]}</span>
          </label>
        ))}
      </fieldset>
      <label class="words" for={id}>
        {texts.words}
      </label>
      <textarea
        id={id}
        ref={box}
        rows={3}
        maxLength={MAX_WORDS}
        value={words}
        aria-describedby={needed ? `${id}-needed` : undefined}
        onInput={(event) => setWords(event.currentTarget.value)}
      />
      {needed && (
        <p id={`${id}-needed`} class="note">
          {texts.wordsNeeded}
        </p>
      )}
      <Photo photo={photo} onPhoto={setPhoto} texts={texts} />
      {sent.state === "failed" && (
        <p class="unproved" role="alert">
          {sent.why}
        </p>
      )}
      <button type="submit" data-action="send-report" disabled={problem === undefined || sent.state === "sending"}>
        {sent.state === "sending" ? texts.sending : texts.send}
      </button>
    </form>
  );
}

function Thanks({ sent, onSent, texts }: { readonly sent: Sent & { readonly state: "sent" }; readonly onSent: (sent: Sent) => void; readonly texts: ReportTexts }) {
  const [why, setWhy] = useState<string | undefined>();
  const takeBack = (): void => {
    takeBackReport(sent.report).then(
      () => onSent({ state: "taken-back" }),
      (error: unknown) => {
        if (!(error instanceof ApiError)) throw error;
        setWhy(whyOf(error, texts));
      },
    );
  };
  return (
    <div role="status" class="thanks">
      <p class="proved">✓ {texts.thanks}</p>
      {sent.photo === "failed" && <p class="elsewhere">{texts.photoFailed}</p>}
      <p class="quiet">{texts.thanksHint(String(sent.report.id).slice(0, SHOWN_ID))}</p>
      {why !== undefined && (
        <p class="unproved" role="alert">
          {why}
        </p>
      )}
      <button type="button" class="plain" data-action="take-back" onClick={takeBack}>
        {texts.takeBack}
      </button>
    </div>
  );
}

export function Report({ device }: { readonly device: Subject }) {
  const { language } = useTexts();
  const texts = reportTexts[language];
  const [sent, setSent] = useState<Sent>({ state: "none" });
  return (
    <details class="card fold" data-panel="report" data-report={sent.state} data-photo={sent.state === "sent" ? sent.photo : undefined}>
      <summary>
        <h2>{texts.heading}</h2>
      </summary>
      <p class="quiet">{texts.lead}</p>
      {sent.state === "sent" && <Thanks sent={sent} onSent={setSent} texts={texts} />}
      {sent.state === "taken-back" && <p role="status">{texts.takenBack}</p>}
      {sent.state !== "sent" && sent.state !== "taken-back" && <Form device={device} sent={sent} onSent={setSent} texts={texts} />}
    </details>
  );
}
