/** Trust policy: the file `policy.json`, its signed form and its verification (SPEC.md §6). */

import { compareBytes, equalBytes, fromBase64, fromHex, toBase64, toHex, utf8 } from "./bytes.ts";
import { type CborMap, type CborValue, Tagged, decode, encode } from "./cbor.ts";
import { ALG, ED25519, KID, TYP, aad } from "./cose.ts";
import { KEY_BYTES, SIGNATURE_BYTES, verify } from "./ed25519.ts";
import { WireError } from "./errors.ts";
import {
  asArray,
  asBoundedText,
  asBytes,
  asFixedBytes,
  asInteger,
  asMap,
  asText,
  asUint,
  checkKeys,
  optional,
} from "./fields.ts";
import { KID_BYTES, kidOf } from "./keys.ts";
import { checkRealm } from "./names.ts";
import { TYPE_COSIGNATURE, TYPE_ED25519, type VerifierKey, parseVerifierKey } from "./note.ts";
import { type PolicyAnchor, decodePolicyAnchor } from "./policyanchor.ts";

/** A log entry. */
export const MAX_POLICY_BYTES = 65_535;
export const FORMAT = "civicroot/policy/v1";
export const TYP_POLICY = "application/civicroot-policy+cbor";
const MODEL_KEYS = ["format", "realm", "version", "roots", "logs", "registrars", "witnesses", "quorum", "anchors"];
export const TAG_SIGN = 98;
/** Bounds the work that a policy can ask for. */
const MAX_KEYS = 64;
const MAX_ROOTS = 16;
/** Its own roots and those before it. */
const MAX_SIGNATURES = 2 * MAX_ROOTS;
/** JSON may spell a character with six. */
export const MAX_FILE_BYTES = 256 * 1024;
const MAX_VERSION = (1n << 32n) - 1n;
/** What every JSON reader keeps. */
const MAX_INDEX = BigInt(Number.MAX_SAFE_INTEGER);
const MAX_NAME = 128;
const MAX_VKEY = 256;
/** Half of a surrogate pair, which JSON can spell and UTF-8 cannot: it would be signed as another character. */
const SURROGATE = /\p{Surrogate}/u;

/** Log indices for which a key is trusted, inclusive; without `last` there is no end. */
export interface Validity {
  readonly first: bigint;
  readonly last: bigint | undefined;
}

export interface TrustedVerifier extends Validity {
  readonly key: VerifierKey;
}

export interface Registrar extends Validity {
  readonly name: string;
  readonly key: Uint8Array;
  readonly kid: Uint8Array;
}

export interface Policy {
  readonly realm: string;
  readonly version: bigint;
  readonly threshold: bigint;
  /** Root public keys, 32 bytes each. */
  readonly roots: readonly Uint8Array[];
  readonly logs: readonly TrustedVerifier[];
  readonly registrars: readonly Registrar[];
  readonly witnesses: readonly TrustedVerifier[];
  readonly quorum: bigint;
  readonly anchors: readonly PolicyAnchor[];
}

export interface PolicySignature {
  readonly kid: Uint8Array;
  readonly signature: Uint8Array;
}

/** A policy with its signatures, not yet verified. */
export interface SignedPolicy {
  readonly policy: Policy;
  /** Deterministic CBOR of the model: what is signed. */
  readonly payload: Uint8Array;
  readonly signatures: readonly PolicySignature[];
}

/** Whether a key of this validity is trusted at log index `index`. */
export function validAt(validity: Validity, index: bigint): boolean {
  return validity.first <= index && (validity.last === undefined || index <= validity.last);
}

function checkUnique(values: readonly string[], what: string): void {
  if (new Set(values).size !== values.length) throw new WireError("not-deterministic", `${what} repeated`);
}

/** Keys of one name follow one another: at no index are two of them trusted. */
function checkSuccession(list: readonly (Validity & { readonly name: string })[], what: string): void {
  list.forEach((item, position) => {
    for (const other of list.slice(0, position)) {
      if (other.name === item.name && (validAt(other, item.first) || validAt(item, other.first))) {
        throw new WireError("out-of-range", `${what}: two of ${item.name} at once`);
      }
    }
  });
}

function publicKey(value: CborValue | undefined, what: string): Uint8Array {
  return asFixedBytes(fromBase64(asText(value, what)), what, KEY_BYTES);
}

function validity(map: CborMap): Validity {
  const first = asUint(map.get("first"), "first", MAX_INDEX);
  return { first, last: optional(map, "last", (value) => asInteger(value, "last", first, MAX_INDEX)) };
}

function decodeVerifiers(value: CborValue | undefined, what: string, type: number, least: number): readonly TrustedVerifier[] {
  const list = asArray(value, what, least, MAX_KEYS).map((item) => {
    const map = asMap(item, what);
    checkKeys(map, what, ["vkey", "first"], ["last"]);
    const key = parseVerifierKey(asBoundedText(map.get("vkey"), "vkey", 1, MAX_VKEY));
    if (key.type !== type) throw new WireError("wrong-algorithm", `${key.name} is no key for ${what}`);
    return { key, ...validity(map) };
  });
  checkUnique(list.map(({ key }) => toHex(key.key)), `key in ${what}`);
  checkUnique(list.map(({ key }) => toHex(key.keyId)), `key id in ${what}`);
  checkSuccession(list.map(({ key, ...range }) => ({ name: key.name, ...range })), what);
  return list;
}

function decodeRegistrars(value: CborValue | undefined): readonly Registrar[] {
  const list = asArray(value, "registrars", 0, MAX_KEYS).map((item) => {
    const map = asMap(item, "registrar");
    checkKeys(map, "registrar", ["name", "key", "first"], ["last"]);
    const key = publicKey(map.get("key"), "registrar key");
    return { name: asBoundedText(map.get("name"), "registrar name", 1, MAX_NAME), key, kid: kidOf(key), ...validity(map) };
  });
  checkUnique(list.map(({ kid }) => toHex(kid)), "registrar key");
  checkSuccession(list, "registrars");
  return list;
}

function decodeAnchors(value: CborValue | undefined): readonly PolicyAnchor[] {
  const list = asArray(value, "anchors", 0, MAX_KEYS).map(decodePolicyAnchor);
  checkSuccession(list, "anchors");
  return list;
}

/** The policy of a data model. */
function decodeModel(model: CborValue): Policy {
  const map = asMap(model, "policy");
  checkKeys(map, "policy", MODEL_KEYS);
  if (map.get("format") !== FORMAT) throw new WireError("wrong-kind", `format is not ${FORMAT}`);
  const rootSet = asMap(map.get("roots"), "roots");
  checkKeys(rootSet, "roots", ["threshold", "keys"]);
  const roots = asArray(rootSet.get("keys"), "root keys", 1, MAX_ROOTS).map((key) => publicKey(key, "root key"));
  checkUnique(roots.map((key) => toHex(kidOf(key))), "root key");
  const witnesses = decodeVerifiers(map.get("witnesses"), "witnesses", TYPE_COSIGNATURE, 0);
  return {
    realm: checkRealm(asText(map.get("realm"), "realm")),
    version: asInteger(map.get("version"), "version", 1n, MAX_VERSION),
    threshold: asInteger(rootSet.get("threshold"), "threshold", 1n, BigInt(roots.length)),
    roots,
    logs: decodeVerifiers(map.get("logs"), "logs", TYPE_ED25519, 1),
    registrars: decodeRegistrars(map.get("registrars")),
    witnesses,
    quorum: asUint(map.get("quorum"), "quorum", BigInt(witnesses.length)),
    anchors: decodeAnchors(map.get("anchors")),
  };
}

/** The data model of JSON: objects become maps, whole non-negative numbers integers. Throws `wrong-type`, `out-of-range`. */
export function modelOf(json: unknown): CborValue {
  if (typeof json === "string") {
    if (SURROGATE.test(json)) throw new WireError("bad-text", "half a surrogate pair");
    return json;
  }
  if (typeof json === "number") {
    if (!Number.isInteger(json)) throw new WireError("wrong-type", `number ${json}`);
    if (!Number.isSafeInteger(json) || json < 0) throw new WireError("out-of-range", `number ${json}`);
    return BigInt(json);
  }
  if (Array.isArray(json)) return json.map(modelOf);
  if (typeof json === "object" && json !== null) {
    return new Map(Object.entries(json).map(([key, value]) => [key, modelOf(value)]));
  }
  throw new WireError("wrong-type", `${json === null ? "null" : typeof json} in a policy`);
}

function parseJson(text: string): unknown {
  if (utf8(text).length > MAX_FILE_BYTES) throw new WireError("too-large", "policy over its limit");
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new WireError("malformed", "policy is not JSON");
    throw error;
  }
}

/** Excludes a signer counted twice, and a second form of the same entry. */
function checkAscending(signatures: readonly PolicySignature[]): void {
  if (signatures.some(({ kid }, i) => i > 0 && compareBytes(kid, (signatures[i - 1] as PolicySignature).kid) <= 0)) {
    throw new WireError("not-deterministic", "signatures are not ascending by kid");
  }
}

/** The policy of a `policy.json`; nothing is verified yet. */
export function parsePolicyFile(text: string): SignedPolicy {
  const file = asMap(modelOf(parseJson(text)), "policy file");
  checkKeys(file, "policy file", ["policy", "signatures"]);
  const signatures = asArray(file.get("signatures"), "signatures", 1, MAX_SIGNATURES).map((item) => {
    const map = asMap(item, "signature");
    checkKeys(map, "signature", ["kid", "signature"]);
    const bytes = fromBase64(asText(map.get("signature"), "signature"));
    return {
      kid: asFixedBytes(fromHex(asText(map.get("kid"), "kid")), "kid", KID_BYTES),
      signature: asFixedBytes(bytes, "signature", SIGNATURE_BYTES),
    };
  });
  // A file has them in any order; the signed form has one.
  signatures.sort((a, b) => compareBytes(a.kid, b.kid));
  checkAscending(signatures);
  const model = asMap(file.get("policy"), "policy");
  return { policy: decodeModel(model), payload: encode(model), signatures };
}

function bodyProtected(): Uint8Array {
  return encode(new Map<bigint, CborValue>([[TYP, TYP_POLICY]]));
}

function signProtected(kid: Uint8Array): Uint8Array {
  return encode(
    new Map<bigint, CborValue>([
      [ALG, ED25519],
      [KID, kid],
    ]),
  );
}

/** The COSE_Sign message that is the log entry. */
export function encodeSignedPolicy(signed: SignedPolicy): Uint8Array {
  const signatures = signed.signatures.map(({ kid, signature }) => [signProtected(kid), new Map(), signature]);
  return encode(new Tagged(TAG_SIGN, [bodyProtected(), new Map(), signed.payload, signatures]));
}

/** The data model as JSON writes it. */
function jsonOf(value: CborValue): unknown {
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Map) return Object.fromEntries(Array.from(value, ([key, item]) => [key, jsonOf(item)]));
  return Array.isArray(value) ? value.map(jsonOf) : value;
}

/** The content of `policy.json`. */
export function policyDocument({ payload, signatures }: SignedPolicy): unknown {
  return {
    policy: jsonOf(decode(payload, MAX_POLICY_BYTES)),
    signatures: signatures.map(({ kid, signature }) => ({ kid: toHex(kid), signature: toBase64(signature) })),
  };
}

function decodePolicySignature(value: CborValue): PolicySignature {
  const [header, unprotected, signature] = asArray(value, "COSE_Signature", 3);
  checkKeys(asMap(unprotected, "unprotected header"), "unprotected header", []);
  const headers = asMap(decode(asBytes(header, "sign_protected"), MAX_POLICY_BYTES), "sign_protected");
  if (headers.get(ALG) !== ED25519) throw new WireError("wrong-algorithm", "alg is not -19");
  checkKeys(headers, "sign_protected", [ALG, KID]);
  return {
    kid: asFixedBytes(headers.get(KID), "kid", KID_BYTES),
    signature: asFixedBytes(signature, "signature", SIGNATURE_BYTES),
  };
}

/** The policy of a COSE_Sign message; nothing is verified yet. */
export function decodeSignedPolicy(bytes: Uint8Array): SignedPolicy {
  const tagged = decode(bytes, MAX_POLICY_BYTES);
  if (!(tagged instanceof Tagged) || tagged.tag !== TAG_SIGN) throw new WireError("wrong-type", "not a tagged COSE_Sign");
  const [body, unprotected, content, list] = asArray(tagged.value, "COSE_Sign", 4);
  checkKeys(asMap(unprotected, "unprotected header"), "unprotected header", []);
  if (!equalBytes(asBytes(body, "body_protected"), bodyProtected())) throw new WireError("wrong-kind", `not ${TYP_POLICY}`);
  const payload = asBytes(content, "payload");
  const signatures = asArray(list, "signatures", 1, MAX_SIGNATURES).map(decodePolicySignature);
  checkAscending(signatures);
  return { policy: decodeModel(decode(payload, MAX_POLICY_BYTES)), payload, signatures };
}

function countSigners(roots: readonly Uint8Array[], signatures: readonly PolicySignature[]): bigint {
  return BigInt(roots.filter((root) => signatures.some(({ kid }) => equalBytes(kid, kidOf(root)))).length);
}

/** Who has to sign: so many of these keys. */
export type RootSet = Pick<Policy, "roots" | "threshold">;

/**
 * The policy, if its roots signed it and, where `before` is given, those roots did too.
 *
 * Throws WireError: `quorum-missed`, or a reason of SPEC.md §2.
 */
export function verifyPolicy(signed: SignedPolicy, before?: RootSet): Policy {
  const { policy, signatures } = signed;
  // 1. Every root's signature verifies; other keys' say nothing, and somebody new to the city cannot know them.
  const known = [...policy.roots, ...(before?.roots ?? [])];
  for (const { kid, signature } of signatures) {
    const root = known.find((key) => equalBytes(kidOf(key), kid));
    if (root === undefined) continue;
    const structure = ["Signature", bodyProtected(), signProtected(kid), aad("policy", policy.realm), signed.payload];
    verify(root, encode(structure), signature);
  }
  // 2. The threshold of its own roots.
  if (countSigners(policy.roots, signatures) < policy.threshold) throw new WireError("quorum-missed", "too few roots signed");
  // 3. The threshold of the roots before it.
  if (before !== undefined && countSigners(before.roots, signatures) < before.threshold) {
    throw new WireError("quorum-missed", "too few of the roots before signed");
  }
  return policy;
}

/** The policy, if it is a later version of `previous` that the roots of both signed. Also throws `wrong-realm`, `out-of-range`. */
export function verifySuccessor(signed: SignedPolicy, previous: Policy): Policy {
  const { policy } = signed;
  if (policy.realm !== previous.realm) throw new WireError("wrong-realm", `policy of ${policy.realm}`);
  if (policy.version <= previous.version) throw new WireError("out-of-range", `version ${policy.version} is not newer`);
  return verifyPolicy(signed, previous);
}
