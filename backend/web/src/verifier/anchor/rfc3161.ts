/**
 * Evidence of kind `rfc3161`: a time-stamp over the tree (SPEC.md §7.5).
 *
 *     [TimeStampResp in DER, granted and without certificates, [certificate in DER, …]]
 *
 * The certificates lead from the signer's up to the one that the policy's certificate issued.
 */

import { sha1 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { type AnchorFinding, MAX_EVIDENCE_BYTES } from "../anchors.ts";
import { equalBytes, utf8 } from "../bytes.ts";
import { decode } from "../cbor.ts";
import { WireError } from "../errors.ts";
import { asArray, asBoundedBytes } from "../fields.ts";
import { type Checkpoint, checkpointBody } from "../note.ts";
import type { PolicyAnchor } from "../policyanchor.ts";
import { type Certificate, SIGNATURE_ALGORITHMS, decodeCertificate, verifyChain } from "./certificate.ts";
import { dateOf, kindMismatch } from "./date.ts";
import { type DerItem, TAG, algorithmOf, integerOf, oidOf, only, sequenceOf, tagged } from "./der.ts";
import { DIGESTS, type Digest, type PublicKey, holds } from "./signature.ts";
import { TST_INFO, type TimeStampToken, decodeResponse } from "./timestamp.ts";

/** With an RSA key of 8,192 bits and long names it is 2 KiB. */
const MAX_RESPONSE_BYTES = 8 * 1024;
/** Certificates below the policy's; authorities have one or two. */
const MAX_CHAIN = 4;
const MAX_CERTIFICATE_BYTES = 4096;
const NANOSECONDS = 1_000_000_000n;
const SHA256 = "2.16.840.1.101.3.4.2.1";
const DIGEST_NAMES: Readonly<Record<string, Digest>> = {
  [SHA256]: "sha256",
  "2.16.840.1.101.3.4.2.2": "sha384",
  "2.16.840.1.101.3.4.2.3": "sha512",
};
/** CMS names RSA's key alone, or with the digest. */
const RSA = "1.2.840.113549.1.1.1";
const CONTENT_TYPE = "1.2.840.113549.1.9.3";
const MESSAGE_DIGEST = "1.2.840.113549.1.9.4";
const SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12";
const SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47";

function badAnchor(detail: string): WireError {
  return new WireError("bad-anchor", detail);
}

function decodeEvidence(bytes: Uint8Array): readonly [response: Uint8Array, chain: readonly Uint8Array[]] {
  const [response, chain] = asArray(decode(bytes, MAX_EVIDENCE_BYTES), "time-stamp evidence", 2);
  const listed = asArray(chain, "certificates", 1, MAX_CHAIN);
  return [
    asBoundedBytes(response, "time-stamp response", 1, MAX_RESPONSE_BYTES),
    listed.map((item) => asBoundedBytes(item, "certificate", 1, MAX_CERTIFICATE_BYTES)),
  ];
}

function checkImprint({ info }: TimeStampToken, tree: Checkpoint): void {
  if (info.critical) throw badAnchor("the time-stamp has a critical extension");
  if (info.algorithm !== SHA256) throw badAnchor("the time-stamp is of another digest than SHA-256");
  if (!equalBytes(info.digest, sha256(utf8(checkpointBody(tree))))) throw badAnchor("the time-stamp is of something else");
}

/** Whether a certificate has this issuer (DER) and serial number. */
function isNamed(certificate: Uint8Array, issuer: Uint8Array, serial: bigint): boolean {
  const [body] = sequenceOf(only(certificate, TAG.sequence, "certificate"), "certificate");
  const all = body === undefined ? [] : sequenceOf(body, "certificate");
  const fields = all[0]?.tag === 0xa0 ? all.slice(1) : all;
  if (fields.length < 3) throw new WireError("malformed", "certificate lacks fields");
  const number = integerOf(tagged(fields[0], TAG.integer, "serial number"), "serial number");
  return equalBytes(tagged(fields[2], TAG.sequence, "issuer").encoded, issuer) && number === serial;
}

/** The digest of the token's signature and the kind of its key; undefined for what is weak, unknown or does not go together. */
function algorithmsOf({ digestAlgorithm, signatureAlgorithm }: TimeStampToken): readonly [PublicKey["kind"], Digest] | undefined {
  const digest = Object.hasOwn(DIGEST_NAMES, digestAlgorithm) ? DIGEST_NAMES[digestAlgorithm] : undefined;
  if (digest === undefined) return undefined;
  if (signatureAlgorithm === RSA) return ["rsa", digest];
  const found = Object.hasOwn(SIGNATURE_ALGORITHMS, signatureAlgorithm) ? SIGNATURE_ALGORITHMS[signatureAlgorithm] : undefined;
  return found?.[1] === digest ? found : undefined;
}

function oneValue({ attributes }: TimeStampToken, kind: string): DerItem {
  const [value, ...more] = attributes.get(kind) ?? [];
  if (value === undefined || more.length > 0) {
    throw new WireError("malformed", `signed attribute ${kind} is missing, or has several values`);
  }
  return value;
}

/** Whether the first ESSCertID, of either version, is the certificate's. */
function identifies(token: TimeStampToken, certificate: Uint8Array): boolean {
  const newer = token.attributes.has(SIGNING_CERTIFICATE_V2);
  const [list] = sequenceOf(oneValue(token, newer ? SIGNING_CERTIFICATE_V2 : SIGNING_CERTIFICATE), "signing certificate");
  const [identifier] = list === undefined ? [] : sequenceOf(list, "signing certificates");
  const fields = identifier === undefined ? [] : sequenceOf(identifier, "ESSCertID");
  const named = newer && fields[0]?.tag === TAG.sequence ? algorithmOf(fields[0], "ESSCertID's digest") : undefined;
  const hash = named === undefined ? fields[0] : fields[1];
  // SHA-1 where RFC 3161 says so: the path decides, this only points.
  const digest = !newer ? sha1 : digestNamed(named ?? SHA256);
  if (hash === undefined || digest === undefined) return false;
  return equalBytes(tagged(hash, TAG.octets, "ESSCertID").content, digest(certificate));
}

function digestNamed(oid: string): ((data: Uint8Array) => Uint8Array) | undefined {
  const name = Object.hasOwn(DIGEST_NAMES, oid) ? DIGEST_NAMES[oid] : undefined;
  return name && DIGESTS[name];
}

/** The kind of key and the digest that the token's signature needs. */
function checkSigner(token: TimeStampToken, certificate: Uint8Array): readonly [PublicKey["kind"], Digest] {
  // a. The signer's name and number are the certificate's.
  if (!isNamed(certificate, token.issuer, token.serial)) throw badAnchor("another certificate signed the time-stamp");
  // b. Strong digests only, and a signature algorithm that goes with it.
  const algorithms = algorithmsOf(token);
  if (algorithms === undefined) throw badAnchor("the time-stamp is signed with a weak or unknown algorithm");
  // c. The signed attributes are of this TSTInfo.
  const kind = oneValue(token, CONTENT_TYPE);
  const digest = tagged(oneValue(token, MESSAGE_DIGEST), TAG.octets, "message digest").content;
  if (oidOf(kind, "content type") !== TST_INFO || !equalBytes(digest, DIGESTS[algorithms[1]](token.encoded))) {
    throw badAnchor("the signature is of another token");
  }
  // d. And name this certificate by its hash (RFC 5816): the key alone could be in two.
  if (!identifies(token, certificate)) throw badAnchor("the time-stamp names another certificate as its signer's");
  return algorithms;
}

function checkSignature(token: TimeStampToken, { key }: Certificate, [kind, digest]: readonly [PublicKey["kind"], Digest]): void {
  try {
    if (key?.kind === kind && holds(key, digest, token.signed, token.signature)) return;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
  }
  throw badAnchor("the time-stamp's signature does not verify");
}

/** What the time-stamp shows of `tree`. Throws WireError for one that does not hold. */
export function checkRfc3161(evidence: Uint8Array, tree: Checkpoint, trusted: PolicyAnchor): AnchorFinding {
  if (trusted.kind !== "rfc3161") throw kindMismatch(trusted);
  // 1. Strict forms: there is one way to write it, and nothing in it that is not signed.
  const [response, chain] = decodeEvidence(evidence);
  const token = decodeResponse(response);
  // 2. Of this tree: excludes a time-stamp of anything else.
  checkImprint(token, tree);
  // 3. By the first certificate: excludes another's with the same key, and another token's signature.
  const algorithms = checkSigner(token, chain[0] as Uint8Array);
  // 4. Issued, in the end, by whom the policy trusts, all valid at the token's time.
  const certificates = chain.map(decodeCertificate);
  verifyChain(certificates, decodeCertificate(trusted.certificate), token.info.time / NANOSECONDS);
  // 5. Signed with that certificate's key.
  checkSignature(token, certificates[0] as Certificate, algorithms);
  // The latest moment at which it can have been: the accuracy is the authority's own word.
  const time = (token.info.time + token.info.accuracy + NANOSECONDS - 1n) / NANOSECONDS;
  const says = `${trusted.name}: the time-stamp authority saw this tree by ${dateOf(time)}`;
  return { name: trusted.name, kind: trusted.kind, size: tree.size, status: "checked", time, says, block: undefined };
}
