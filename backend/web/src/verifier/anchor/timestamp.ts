/**
 * A time-stamp's structures (RFC 3161 §2.4.2, CMS of RFC 5652), read strictly; nothing is verified here.
 *
 * Of CMS only what a token asked for without certificates has: one signer, named by issuer and serial number, signed attributes,
 * nothing that is not signed. So no bit of it can be changed unseen.
 */

import { compareBytes, concat, equalBytes } from "../bytes.ts";
import { WireError } from "../errors.ts";
import { type DerItem, TAG, algorithmOf, booleanOf, fieldsOf, integerOf, itemsOf, oidOf, only, sequenceOf, tagged } from "./der.ts";

export const TST_INFO = "1.2.840.113549.1.9.16.1.4";
const SIGNED_DATA = "1.2.840.113549.1.7.2";
/** PKIStatusInfo with status 0 and nothing else: the rest is not signed. */
const GRANTED = Uint8Array.of(0x30, 0x03, 0x02, 0x01, 0x00);
/** Seconds; who is further off says nothing. */
const MAX_ACCURACY = 1n << 32n;
/** X.690 §11.7. */
const TIME = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(?:\.(\d*[1-9]))?Z$/;
const NANOSECONDS = 1_000_000_000n;
const MAX_FRACTION_DIGITS = 9;

/** What the time-stamper signed. */
export interface TstInfo {
  /** Of the imprint: OID and digest. */
  readonly algorithm: string;
  readonly digest: Uint8Array;
  /** Unix nanoseconds, and how far off. */
  readonly time: bigint;
  readonly accuracy: bigint;
  /** Whether it has an extension that must be understood. */
  readonly critical: boolean;
}

/** A token and its one signer. */
export interface TimeStampToken {
  /** TSTInfo. */
  readonly encoded: Uint8Array;
  readonly info: TstInfo;
  /** Name (DER) and serial number of the signer's certificate. */
  readonly issuer: Uint8Array;
  readonly serial: bigint;
  readonly digestAlgorithm: string;
  readonly attributes: ReadonlyMap<string, readonly DerItem[]>;
  /** What the signature is over: the attributes as a SET. */
  readonly signed: Uint8Array;
  readonly signatureAlgorithm: string;
  readonly signature: Uint8Array;
}

function checkVersion(item: DerItem | undefined, expected: bigint, what: string): void {
  if (integerOf(tagged(item, TAG.integer, what), what) !== expected) {
    throw new WireError("malformed", `${what} is not of version ${expected}`);
  }
}

/** Characters of bytes that are all ASCII; others become what no pattern here takes. */
export function asciiOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

/** Unix seconds of a date, if there is one. */
export function secondsOf(parts: readonly number[]): bigint {
  const [year, month, day, hour, minute, second] = parts as [number, number, number, number, number, number];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  const same = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (year === 0 || !same || hour > 23 || minute > 59 || second > 59) throw new WireError("malformed", "no such time");
  return BigInt(date.getTime() / 1000);
}

function timeOf({ content }: DerItem): bigint {
  const matched = TIME.exec(asciiOf(content));
  if (matched === null) throw new WireError("malformed", "time is not in DER's form");
  const seconds = secondsOf(matched.slice(1, 7).map(Number));
  const digits = matched[7] ?? "";
  if (seconds < 0n || digits.length > MAX_FRACTION_DIGITS) {
    throw new WireError("out-of-range", "time is before 1970 or finer than a nanosecond");
  }
  return seconds * NANOSECONDS + BigInt(digits.padEnd(MAX_FRACTION_DIGITS, "0"));
}

/** Items that each stand at most once, in the order of `tags`. */
function ordered(items: readonly DerItem[], tags: readonly number[], what: string): ReadonlyMap<number, DerItem> {
  const places = items.map(({ tag }) => tags.indexOf(tag));
  if (places.some((place, i) => place < 0 || (i > 0 && place <= (places[i - 1] as number)))) {
    throw new WireError("malformed", `${what} has other fields than a time-stamp's`);
  }
  return new Map(items.map((item) => [item.tag, item]));
}

/** Nanoseconds: seconds, [0] milliseconds and [1] microseconds. */
function accuracyOf(item: DerItem): bigint {
  const scales = new Map([
    [TAG.integer as number, [NANOSECONDS, MAX_ACCURACY] as const],
    [0x80, [1_000_000n, 999n] as const],
    [0x81, [1_000n, 999n] as const],
  ]);
  const found = ordered(itemsOf(item.content), [...scales.keys()], "accuracy");
  return Array.from(found.values()).reduce((sum, one) => {
    const [scale, most] = scales.get(one.tag) as readonly [bigint, bigint];
    const value = integerOf(one, "accuracy");
    if (value < 0n || value > most) throw new WireError("out-of-range", "accuracy");
    return sum + value * scale;
  }, 0n);
}

function hasCritical(extensions: DerItem | undefined): boolean {
  if (extensions === undefined) return false;
  return itemsOf(extensions.content)
    .map((extension) => sequenceOf(extension, "extension"))
    .some((fields) => fields.some(({ tag }) => tag === TAG.boolean));
}

function decodeInfo(data: Uint8Array): TstInfo {
  const [version, policy, imprint, serial, time, ...more] = sequenceOf(only(data, TAG.sequence, "TSTInfo"), "TSTInfo");
  if (time === undefined) throw new WireError("malformed", "TSTInfo lacks fields");
  checkVersion(version, 1n, "TSTInfo");
  oidOf(policy, "time-stamp policy");
  const [named, digest] = fieldsOf(imprint, "imprint", 2);
  integerOf(tagged(serial, TAG.integer, "serial number"), "serial number");
  // Accuracy, ordering, nonce, the authority's name, extensions.
  const optional = ordered(more, [TAG.sequence, TAG.boolean, TAG.integer, 0xa0, 0xa1], "TSTInfo");
  const ordering = optional.get(TAG.boolean);
  if (ordering !== undefined && !booleanOf(ordering, "ordering")) {
    throw new WireError("not-deterministic", "a default is written out");
  }
  const [accuracy, nonce] = [optional.get(TAG.sequence), optional.get(TAG.integer)];
  const info = {
    algorithm: algorithmOf(named, "imprint's algorithm"),
    digest: tagged(digest, TAG.octets, "imprint").content,
    time: timeOf(tagged(time, TAG.time, "time")),
    accuracy: accuracy === undefined ? 0n : accuracyOf(accuracy),
  };
  if (nonce !== undefined) integerOf(nonce, "nonce");
  return { ...info, critical: hasCritical(optional.get(0xa1)) };
}

function decodeContent(item: DerItem | undefined): Uint8Array {
  const [kind, explicit] = fieldsOf(item, "token's content", 2);
  if (oidOf(kind, "content's type") !== TST_INFO) throw new WireError("malformed", "token holds no TSTInfo");
  return only(tagged(explicit, 0xa0, "TSTInfo").content, TAG.octets, "TSTInfo").content;
}

function decodeAttributes({ content }: DerItem): ReadonlyMap<string, readonly DerItem[]> {
  const listed = itemsOf(content);
  // What is signed is the DER of the set, so it has to be in DER's order.
  if (listed.some(({ encoded }, i) => i > 0 && compareBytes(encoded, (listed[i - 1] as DerItem).encoded) < 0)) {
    throw new WireError("not-deterministic", "signed attributes are not ascending");
  }
  const found = new Map<string, readonly DerItem[]>();
  for (const one of listed) {
    const [kind, values] = fieldsOf(one, "attribute", 2);
    const name = oidOf(kind, "attribute's type");
    if (found.has(name)) throw new WireError("malformed", `attribute ${name} stands twice`);
    found.set(name, itemsOf(tagged(values, TAG.set, "attribute's values").content));
  }
  return found;
}

function decodeToken(item: DerItem | undefined): TimeStampToken {
  const [kind, explicit] = fieldsOf(item, "token", 2);
  if (oidOf(kind, "token's type") !== SIGNED_DATA) throw new WireError("malformed", "token is no signed data");
  const data = only(tagged(explicit, 0xa0, "token").content, TAG.sequence, "signed data");
  const [version, algorithms, content, signers] = fieldsOf(data, "signed data", 4);
  checkVersion(version, 3n, "signed data");
  const encoded = decodeContent(content);
  const signer = fieldsOf(only(tagged(signers, TAG.set, "signers").content, TAG.sequence, "signer"), "signer", 6);
  checkVersion(signer[0], 1n, "signer");
  const [issuer, serial] = fieldsOf(signer[1], "signer's name", 2);
  const digestAlgorithm = algorithmOf(signer[2], "digest algorithm");
  const listed = itemsOf(tagged(algorithms, TAG.set, "digest algorithms").content).map((one) => algorithmOf(one, "digest algorithm"));
  if (listed.length !== 1 || listed[0] !== digestAlgorithm) {
    throw new WireError("malformed", "signed data lists other digest algorithms than its signer's");
  }
  const signature = tagged(signer[5], TAG.octets, "signature").content;
  const attributes = tagged(signer[3], 0xa0, "signed attributes");
  return {
    encoded,
    info: decodeInfo(encoded),
    issuer: tagged(issuer, TAG.sequence, "signer's issuer").encoded,
    serial: integerOf(tagged(serial, TAG.integer, "signer's serial number"), "signer's serial number"),
    digestAlgorithm,
    attributes: decodeAttributes(attributes),
    signed: concat(Uint8Array.of(TAG.set), attributes.encoded.subarray(1)),
    signatureAlgorithm: algorithmOf(signer[4], "signature algorithm"),
    signature,
  };
}

/** The token of a granted TimeStampResp. Throws WireError. */
export function decodeResponse(data: Uint8Array): TimeStampToken {
  const parts = sequenceOf(only(data, TAG.sequence, "time-stamp response"), "time-stamp response");
  const [status, token] = parts;
  if (parts.length !== 2 || status === undefined || !equalBytes(status.encoded, GRANTED)) {
    throw new WireError("malformed", "not a granted time-stamp, and nothing else");
  }
  return decodeToken(token);
}
