/** The bytes that each step of a check rests on: what a reader may take and compute with another program. */

import { utf8 } from "../verifier/bytes.ts";
import type { StepId } from "../verifier/errors.ts";
import type { Logged } from "../verifier/logged.ts";
import type { ProofBundle } from "../verifier/proof.ts";
import type { VerifiedProof } from "../verifier/verifier.ts";

/** Named as in SPEC.md §7. */
export interface Evidence {
  readonly name: string;
  readonly bytes: Uint8Array;
}

function logged(name: string, { entry, path }: Logged): readonly Evidence[] {
  return [{ name, bytes: entry }, ...path.map((bytes, i) => ({ name: `${name}: path ${i + 1}`, bytes }))];
}

function maybe(name: string, entry: Logged | undefined): readonly Evidence[] {
  return entry === undefined ? [] : logged(name, entry);
}

function note(name: string, text: string | undefined): readonly Evidence[] {
  return text === undefined ? [] : [{ name, bytes: utf8(text) }];
}

function batchPath({ batchPath: path }: ProofBundle): readonly Evidence[] {
  return path.map((bytes, i) => ({ name: `path ${i + 1}`, bytes }));
}

/** Of a reading whose proof holds; nothing for a step that looks at no bytes of its own. */
export function evidenceOf(step: StepId | "policy" | "match", { bundle, record, header }: VerifiedProof, file: Uint8Array): readonly Evidence[] {
  switch (step) {
    case "format":
      return [{ name: "proof file", bytes: file }];
    case "realm":
      return [{ name: "realm", bytes: utf8(bundle.realm) }];
    case "checkpoint":
    case "witnesses":
      return note("checkpoint", bundle.checkpoint);
    case "header-log":
      return logged("batch header", bundle.header);
    case "gateway-enrolment":
      return logged("gateway enrolment", bundle.gatewayEnrolment);
    case "gateway-signature":
      return [{ name: "batch header", bytes: bundle.header.entry }, { name: "signature", bytes: header.message.signature }];
    case "record-batch":
      return [{ name: "record", bytes: bundle.record }, ...batchPath(bundle)];
    case "device-enrolment":
      return logged("device enrolment", bundle.deviceEnrolment);
    case "device-signature":
      return [{ name: "record", bytes: bundle.record }, { name: "signature", bytes: record.message.signature }];
    case "revocation":
      return [...maybe("status list", bundle.statusList), ...maybe("device revocation", bundle.deviceRevocation), ...maybe("gateway revocation", bundle.gatewayRevocation)];
    case "beacon":
      return note("beacon checkpoint", bundle.beacon);
    case "anchors":
      return bundle.anchors.flatMap(({ size, evidence }) => evidence.map(({ name, bytes }) => ({ name: `${name}, tree ${size}`, bytes })));
    default:
      return [];
  }
}
