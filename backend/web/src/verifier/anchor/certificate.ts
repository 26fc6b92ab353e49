/**
 * The path from a time-stamp authority's certificate to the one that the policy trusts (RFC 5280 §6, in part).
 *
 * Nothing but the policy's certificate is trusted, and nothing of the browser. What is not checked: revocation, which no offline
 * verifier can know (the policy ends its trust in an anchor by a range of log indices), and name constraints, whose certificates are
 * refused like all that have critical extensions unknown here.
 */

import { equalBytes } from "../bytes.ts";
import { WireError } from "../errors.ts";
import { type DerItem, TAG, bitsOf, booleanOf, fieldsOf, integerOf, itemsOf, oidOf, only, sequenceOf, tagged } from "./der.ts";
import { type Digest, type PublicKey, decodePublicKey, holds } from "./signature.ts";
import { asciiOf, secondsOf } from "./timestamp.ts";

const BASIC_CONSTRAINTS = "2.5.29.19";
const KEY_USAGE = "2.5.29.15";
const EXTENDED_KEY_USAGE = "2.5.29.37";
const AUTHORITY_KEY = "2.5.29.35";
const SUBJECT_KEY = "2.5.29.14";
const NAME_CONSTRAINTS = "2.5.29.30";
const TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
const UNDERSTOOD = [BASIC_CONSTRAINTS, KEY_USAGE, EXTENDED_KEY_USAGE];
/** Bits of a key usage's first byte: signatures of data; encryption, agreement, certificates and revocation lists; certificates. */
const SIGNATURES = 0x80 | 0x40;
const ANYTHING_ELSE = 0x20 | 0x10 | 0x08 | 0x04 | 0x02;
const CERTIFICATES = 0x04;
const VERSION_3 = 2n;
/** By OID: the key's kind and the digest. */
export const SIGNATURE_ALGORITHMS: Readonly<Record<string, readonly [kind: PublicKey["kind"], digest: Digest]>> = {
  "1.2.840.113549.1.1.11": ["rsa", "sha256"],
  "1.2.840.113549.1.1.12": ["rsa", "sha384"],
  "1.2.840.113549.1.1.13": ["rsa", "sha512"],
  "1.2.840.10045.4.3.2": ["ec", "sha256"],
  "1.2.840.10045.4.3.3": ["ec", "sha384"],
  "1.2.840.10045.4.3.4": ["ec", "sha512"],
};

/** How a root may have signed itself: that does not matter, since it is in the policy. */
const ROOT_ALGORITHMS: typeof SIGNATURE_ALGORITHMS = {
  ...SIGNATURE_ALGORITHMS,
  "1.2.840.113549.1.1.5": ["rsa", "sha1"],
  "1.2.840.10045.4.1": ["ec", "sha1"],
};

interface Extension {
  readonly critical: boolean;
  readonly value: Uint8Array;
}

export interface Certificate {
  readonly signed: Uint8Array;
  readonly serial: bigint;
  /** Names in DER. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  /** Unix seconds. */
  readonly notBefore: bigint;
  readonly notAfter: bigint;
  /** Undefined if it is too weak, or of an unknown kind. */
  readonly key: PublicKey | undefined;
  readonly extensions: ReadonlyMap<string, Extension>;
  /** OID, and the whole AlgorithmIdentifier, outside and inside of what is signed. */
  readonly signatureAlgorithm: string;
  readonly sameAlgorithm: boolean;
  readonly signature: Uint8Array;
}

function timeOf(item: DerItem | undefined): bigint {
  const text = asciiOf(item?.content ?? new Uint8Array());
  const form = item?.tag === TAG.utcTime ? /^(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/ : /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/;
  const parts = item?.tag === TAG.utcTime || item?.tag === TAG.time ? form.exec(text) : null;
  if (parts === null) throw new WireError("malformed", "validity is no time");
  const [year, ...rest] = parts.slice(1).map(Number) as [number, ...number[]];
  // RFC 5280 §4.1.2.5.1: two digits are of 1950 to 2049.
  const whole = item?.tag === TAG.utcTime ? (year < 50 ? 2000 : 1900) + year : year;
  return secondsOf([whole, ...rest]);
}

function decodeExtensions(item: DerItem | undefined): ReadonlyMap<string, Extension> {
  const found = new Map<string, Extension>();
  if (item === undefined) return found;
  for (const one of sequenceOf(only(item.content, TAG.sequence, "extensions"), "extensions")) {
    const fields = sequenceOf(one, "extension");
    const [kind, second] = fields;
    const name = oidOf(kind, "extension's kind");
    const flag = second?.tag === TAG.boolean ? second : undefined;
    if (fields.length !== (flag === undefined ? 2 : 3) || found.has(name)) throw new WireError("malformed", `extension ${name}`);
    const critical = flag !== undefined && booleanOf(flag, "critical");
    // FALSE is the default, and DER writes none.
    if (flag !== undefined && !critical) throw new WireError("malformed", "a default is written out");
    found.set(name, { critical, value: tagged(fields.at(-1), TAG.octets, "extension").content });
  }
  return found;
}

function decode(data: Uint8Array): Certificate {
  const [body, algorithm, signature] = fieldsOf(only(data, TAG.sequence, "certificate"), "certificate", 3);
  const all = sequenceOf(body, "certificate");
  const versioned = all[0]?.tag === 0xa0;
  if (versioned) {
    const version = integerOf(only((all[0] as DerItem).content, TAG.integer, "version"), "version");
    if (version !== VERSION_3) throw new WireError("malformed", `certificate of version ${version + 1n}`);
  }
  const [serial, inner, issuer, validity, subject, key, ...more] = versioned ? all.slice(1) : all;
  const [notBefore, notAfter] = fieldsOf(validity, "validity", 2);
  const tags = more.map(({ tag }) => tag);
  if (tags.some((tag, i) => ![0x81, 0x82, 0xa3].includes(tag) || (i > 0 && tag <= (tags[i - 1] as number)))) {
    throw new WireError("malformed", "certificate has other fields");
  }
  const [kind] = sequenceOf(algorithm, "signature algorithm");
  return {
    signed: tagged(body, TAG.sequence, "certificate").encoded,
    serial: integerOf(tagged(serial, TAG.integer, "serial number"), "serial number"),
    issuer: tagged(issuer, TAG.sequence, "issuer").encoded,
    subject: tagged(subject, TAG.sequence, "subject").encoded,
    notBefore: timeOf(notBefore),
    notAfter: timeOf(notAfter),
    key: decodePublicKey(key),
    extensions: decodeExtensions(more.find(({ tag }) => tag === 0xa3)),
    signatureAlgorithm: oidOf(kind, "signature algorithm"),
    sameAlgorithm: equalBytes(tagged(algorithm, TAG.sequence, "signature algorithm").encoded, tagged(inner, TAG.sequence, "signature algorithm").encoded),
    signature: bitsOf(signature, "signature"),
  };
}

/** A certificate with readable key and extensions. Throws `malformed`. */
export function decodeCertificate(data: Uint8Array): Certificate {
  try {
    const found = decode(data);
    // What is understood is read now, so that an unreadable one is refused wherever it stands.
    usagesOf(found);
    keyUsageOf(found);
    constraintsOf(found);
    authorityKeyOf(found);
    subjectKeyOf(found);
    return found;
  } catch (error) {
    if (error instanceof WireError) throw new WireError("malformed", `certificate: ${error.detail}`);
    throw error;
  }
}

function usagesOf({ extensions }: Certificate): readonly string[] | undefined {
  const found = extensions.get(EXTENDED_KEY_USAGE);
  return found && sequenceOf(only(found.value, TAG.sequence, "extended key usage"), "extended key usage").map((item) => oidOf(item, "usage"));
}

/** The first byte of the key usage's bits. */
function keyUsageOf({ extensions }: Certificate): number | undefined {
  const found = extensions.get(KEY_USAGE);
  return found && (bitsOf(only(found.value, TAG.bits, "key usage"), "key usage", true)[0] ?? 0);
}

function constraintsOf({ extensions }: Certificate): { readonly ca: boolean; readonly below: bigint | undefined } | undefined {
  const found = extensions.get(BASIC_CONSTRAINTS);
  if (found === undefined) return undefined;
  const fields = itemsOf(only(found.value, TAG.sequence, "basic constraints").content);
  const flag = fields[0]?.tag === TAG.boolean ? fields[0] : undefined;
  const [length, ...more] = flag === undefined ? fields : fields.slice(1);
  if (more.length > 0) throw new WireError("malformed", "basic constraints have other fields");
  const below = length && integerOf(tagged(length, TAG.integer, "path length"), "path length");
  if (below !== undefined && below < 0n) throw new WireError("malformed", "path length");
  return { ca: flag !== undefined && booleanOf(flag, "cA"), below };
}

/** What a certificate says of its issuer: identifier of the key, serial number of the certificate. */
function authorityKeyOf({ extensions }: Certificate): { readonly key: Uint8Array | undefined; readonly serial: bigint | undefined } {
  const found = extensions.get(AUTHORITY_KEY);
  const fields = found === undefined ? [] : itemsOf(only(found.value, TAG.sequence, "authority's key").content);
  const [key, name, serial] = [0x80, 0xa1, 0x82].map((tag) => fields.find((item) => item.tag === tag));
  if ((name === undefined) !== (serial === undefined)) throw new WireError("malformed", "authority's name without its number");
  return { key: key?.content, serial: serial && integerOf(serial, "authority's serial number") };
}

function subjectKeyOf({ extensions }: Certificate): Uint8Array | undefined {
  const found = extensions.get(SUBJECT_KEY);
  return found && only(found.value, TAG.octets, "subject's key").content;
}

function untrusted(detail: string): WireError {
  return new WireError("untrusted", detail);
}

/** RFC 3161 §2.3: the extended key usage is critical, and time-stamping alone. */
function checkSigner(certificate: Certificate): void {
  const usages = usagesOf(certificate);
  const critical = certificate.extensions.get(EXTENDED_KEY_USAGE)?.critical === true;
  if (!critical || usages?.length !== 1 || usages[0] !== TIME_STAMPING) {
    throw untrusted("the signer's certificate is not for time-stamping alone, and critically so");
  }
  const usage = keyUsageOf(certificate);
  if (usage !== undefined && ((usage & SIGNATURES) === 0 || (usage & ANYTHING_ELSE) !== 0)) {
    throw untrusted("the signer's key is not for signatures alone");
  }
}

function checkStrength({ key, signatureAlgorithm, extensions }: Certificate, trusted: boolean): void {
  if (key === undefined) throw untrusted("a certificate's key is too weak, or of an unknown kind");
  // How the trusted one was signed does not matter: it is in the policy.
  if (!trusted && !Object.hasOwn(SIGNATURE_ALGORITHMS, signatureAlgorithm)) {
    throw untrusted("a certificate is signed with a weak or unknown digest");
  }
  for (const [name, { critical }] of extensions) {
    if (critical && !UNDERSTOOD.includes(name)) throw untrusted(`a certificate has a critical extension ${name}`);
  }
  if (extensions.has(NAME_CONSTRAINTS)) throw untrusted("a certificate constrains names");
}

function checkAuthority(certificate: Certificate, below: number): void {
  const basic = constraintsOf(certificate);
  const usage = keyUsageOf(certificate);
  if (basic?.ca !== true || (usage !== undefined && (usage & CERTIFICATES) === 0)) {
    throw untrusted("a certificate's issuer may not issue certificates");
  }
  if (basic.below !== undefined && basic.below < BigInt(below)) throw untrusted("the path is longer than an issuer allows");
}

/** Whether two certificates, where both say which key it is, say the same (RFC 5280 §4.2.1.1). */
function agree(certificate: Certificate, issuer: Certificate): boolean {
  const { key, serial } = authorityKeyOf(certificate);
  const own = subjectKeyOf(issuer);
  const sameKey = key === undefined || own === undefined || equalBytes(key, own);
  return sameKey && (serial === undefined || serial === issuer.serial);
}

function isIssued(certificate: Certificate, issuer: Certificate, algorithms: typeof SIGNATURE_ALGORITHMS): boolean {
  const { signatureAlgorithm } = certificate;
  const algorithm = Object.hasOwn(algorithms, signatureAlgorithm) ? algorithms[signatureAlgorithm] : undefined;
  const { key } = issuer;
  if (algorithm === undefined || key === undefined || !certificate.sameAlgorithm) return false;
  const [kind, digest] = algorithm;
  if (key.kind !== kind || !equalBytes(certificate.issuer, issuer.subject) || !agree(certificate, issuer)) return false;
  try {
    return holds(key, digest, certificate.signed, certificate.signature);
  } catch (error) {
    if (error instanceof WireError) return false;
    throw error;
  }
}

/** Returns if `chain`, the signer first, leads to `trusted`, everything being valid at `when` (Unix seconds). Throws `untrusted`. */
export function verifyChain(chain: readonly Certificate[], trusted: Certificate, when: bigint): void {
  // 1. The first is a time-stamp authority's, by its own word and its issuer's; the policy's is a root.
  checkSigner(chain[0] as Certificate);
  if (!isIssued(trusted, trusted, ROOT_ALGORITHMS)) throw untrusted("the policy's certificate is no root");
  const path = [...chain, trusted];
  path.forEach((certificate, position) => {
    // 2. Strong keys and digests, and no condition that is not understood here.
    checkStrength(certificate, position === chain.length);
    // 3. Valid at the time that the token says, which is what makes it worth something later. The last second is out, as for OpenSSL.
    if (when < certificate.notBefore || when >= certificate.notAfter) throw untrusted("a certificate was not valid at that time");
  });
  chain.forEach((certificate, below) => {
    // 4. Roots come from the policy alone.
    if (equalBytes(certificate.issuer, certificate.subject)) throw untrusted("the chain brings a root of its own");
    // 5. Each is issued by the next, which may issue, with this many authorities between it and the signer.
    const issuer = path[below + 1] as Certificate;
    checkAuthority(issuer, below);
    if (!isIssued(certificate, issuer, SIGNATURE_ALGORITHMS)) throw untrusted("a certificate was not issued by the next one");
  });
}
