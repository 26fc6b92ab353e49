/** A city made in memory: keys, log, witnesses, policy and proofs, signed with noble's RFC 8032 signer. */

import { ed25519 } from "@noble/curves/ed25519.js";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { deflate } from "pako";
import { compareBytes, concat, fromHex, fromUtf8, toBase64, toHex, utf8 } from "../../src/verifier/bytes.ts";
import { type CborValue, Decimal, Tagged, decode, encode } from "../../src/verifier/cbor.ts";
import { aad } from "../../src/verifier/cose.ts";
import { coseKey, kidOf } from "../../src/verifier/keys.ts";
import { leafHash, rootOf } from "../../src/verifier/merkle.ts";
import { TYPE_COSIGNATURE, TYPE_ED25519, beaconOf, keyIdOf, parseCheckpoint, parseNote } from "../../src/verifier/note.ts";

export const REALM = "example.city";
export const ORIGIN = "log.example.city";
export const STATUS_URI = "https://example.city/status/1";
const EMPTY = new Uint8Array();
const START = 1_750_000_000n;

export class Key {
  readonly secret: Uint8Array;
  readonly public: Uint8Array;
  readonly kid: Uint8Array;

  constructor(name: string) {
    this.secret = sha256(utf8(name));
    this.public = ed25519.getPublicKey(this.secret);
    this.kid = kidOf(this.public);
  }

  sign(message: Uint8Array): Uint8Array {
    return ed25519.sign(message, this.secret);
  }
}

const MAX_FORGERY_TRIES = 1000;

/** A key of order 8: whoever holds no private key signs with it, for every verifier that does not refuse it. */
export class SmallOrderKey extends Key {
  override readonly public = fromHex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a");
  override readonly kid = kidOf(this.public);

  constructor() {
    super("small order");
  }

  /** R = [s]B with s chosen so that k is a multiple of 8: then [k]A vanishes and [s]B − [k]A = R. */
  override sign(message: Uint8Array): Uint8Array {
    for (let s = 1; s <= MAX_FORGERY_TRIES; s++) {
      const r = ed25519.Point.BASE.multiply(BigInt(s)).toBytes();
      const k = BigInt(`0x${toHex(sha512(concat(r, this.public, message)).reverse())}`) % ed25519.Point.Fn.ORDER;
      if (k % 8n === 0n) return concat(r, Uint8Array.of(s & 255, s >> 8), new Uint8Array(30));
    }
    throw new Error("no forgery found");
  }
}

type Headers = readonly (readonly [bigint, CborValue])[];

export function sign1(key: Key, headers: Headers, payload: CborValue, externalAad: Uint8Array): Uint8Array {
  const fixed: Headers = [
    [1n, -19n],
    [4n, key.kid],
  ];
  const head = encode(new Map([...fixed, ...headers]));
  const body = encode(payload);
  const signature = key.sign(encode(["Signature1", head, externalAad, body]));
  return encode(new Tagged(18, [head, new Map(), body, signature]));
}

/** Inclusion path of RFC 9162 §2.1.3.1, by its recursive definition. */
export function pathOf(index: number, hashes: readonly Uint8Array[]): readonly Uint8Array[] {
  if (hashes.length <= 1) return [];
  let split = 1;
  while (split * 2 < hashes.length) split *= 2;
  return index < split
    ? [...pathOf(index, hashes.slice(0, split)), rootOf(hashes.slice(split))]
    : [...pathOf(index - split, hashes.slice(split)), rootOf(hashes.slice(0, split))];
}

export type Measured = readonly [name: string, unit: string | undefined, value: bigint | boolean | Decimal];

export interface Report {
  readonly measured?: readonly Measured[];
  readonly beacon?: Uint8Array | null;
  readonly time?: bigint;
}

const MEASURED: readonly Measured[] = [
  ["fill", "/", new Decimal(-2, 62n)],
  ["temp", "Cel", new Decimal(-1, 215n)],
];

export interface Enrolled {
  readonly subject: string;
  readonly role: string;
  readonly statusIndex?: bigint;
  readonly label?: string;
  readonly simulated?: boolean;
}

export class City {
  readonly root = new Key("root");
  readonly registrar = new Key("registrar");
  readonly log = new Key("log");
  readonly witnesses: readonly Key[];
  readonly entries: Uint8Array[] = [];
  readonly realm: string;

  /** The policy's anchors. */
  anchors: readonly unknown[] = [];

  constructor(realm: string = REALM, witnesses = 2) {
    this.realm = realm;
    this.witnesses = Array.from({ length: witnesses }, (_, i) => new Key(`witness ${i + 1}`));
  }

  append(entry: Uint8Array): number {
    return this.entries.push(entry) - 1;
  }

  /** An enrolment's bytes, not yet logged. */
  enrolment(key: Key, { subject, role, statusIndex, label, simulated }: Enrolled, registrar: Key = this.registrar): Uint8Array {
    const request = new Map<bigint, CborValue>([
      [2n, subject],
      [10n, new Uint8Array(16).fill(7)],
      [-65537n, role],
    ]);
    const payload = new Map<bigint, CborValue>([
      [8n, new Map([[1n, coseKey(key.public)]])],
      [-65537n, role],
      [-65538n, sign1(key, [], request, aad("possession", this.realm))],
    ]);
    if (statusIndex !== undefined) {
      const reference = new Map<string, CborValue>([
        ["idx", statusIndex],
        ["uri", STATUS_URI],
      ]);
      payload.set(65535n, new Map([["status_list", reference]]));
    }
    if (label !== undefined) payload.set(-65542n, label);
    if (simulated === true) payload.set(-65543n, true);
    return this.statement(registrar, "application/civicroot-enrolment+cwt", subject, payload);
  }

  statement(key: Key, typ: string, subject: string, payload: CborValue, issuer = "registrar"): Uint8Array {
    const claims = new Map<bigint, CborValue>([
      [1n, issuer],
      [2n, subject],
      [3n, this.realm],
    ]);
    return sign1(
      key,
      [
        [15n, claims],
        [16n, typ],
      ],
      payload,
      EMPTY,
    );
  }

  statusList(bits: Uint8Array): Uint8Array {
    const list = new Map<string, CborValue>([
      ["bits", 1n],
      ["lst", deflate(bits)],
    ]);
    const payload = new Map<bigint, CborValue>([
      [2n, STATUS_URI],
      [6n, START],
      [65533n, list],
    ]);
    return this.statement(this.registrar, "application/statuslist+cwt", STATUS_URI, payload);
  }

  /** A record at `time` (Unix seconds), numbered `seq`. */
  record(device: Key, seq: bigint, { measured = MEASURED, beacon = null, time = START + seq * 600n }: Report = {}): Uint8Array {
    const sequence: CborValue = beacon === null ? [seq] : [seq, 0n, beacon];
    const pack = measured.map(([name, unit, value], i) => {
      const fields = new Map<bigint, CborValue>([
        [0n, name],
        [typeof value === "boolean" ? 4n : 2n, value],
      ]);
      if (unit !== undefined) fields.set(1n, unit);
      if (i === 0) fields.set(-3n, time);
      return fields;
    });
    return sign1(device, [[-65537n, sequence]], pack, aad("record", this.realm));
  }

  header(gateway: Key, seq: bigint, records: readonly Uint8Array[], closed: bigint = START + 60n): Uint8Array {
    const payload = new Map<bigint, CborValue>([
      [1n, BigInt(records.length)],
      [2n, rootOf(records.map(leafHash))],
      [3n, closed - 30n],
      [4n, closed],
    ]);
    return sign1(gateway, [[-65537n, [seq]]], payload, aad("batch", this.realm));
  }

  /** A signed note of the log's first `size` entries, cosigned by the first `cosigned` witnesses. */
  checkpoint(size: number = this.entries.length, cosigned = 2, log: Key = this.log, seen: bigint = START + 90n): Uint8Array {
    const root = rootOf(this.entries.slice(0, size).map(leafHash));
    const text = `${ORIGIN}\n${size}\n${toBase64(root)}\n`;
    const logId = keyIdOf(ORIGIN, concat(Uint8Array.of(TYPE_ED25519), log.public));
    const lines = [`\u2014 ${ORIGIN} ${toBase64(concat(logId, log.sign(utf8(text))))}\n`];
    this.witnesses.slice(0, cosigned).forEach((witness, i) => {
      const time = seen + BigInt(i);
      const stamp = new Uint8Array(8);
      new DataView(stamp.buffer).setBigUint64(0, time);
      const signature = witness.sign(utf8(`cosignature/v1\ntime ${time}\n${text}`));
      const id = keyIdOf(`witness-${i}.example`, concat(Uint8Array.of(TYPE_COSIGNATURE), witness.public));
      lines.push(`\u2014 witness-${i}.example ${toBase64(concat(id, stamp, signature))}\n`);
    });
    return utf8(`${text}\n${lines.join("")}`);
  }

  beacon(note: Uint8Array): Uint8Array {
    const { text, lines } = parseNote(note);
    return beaconOf(text, lines.slice(1));
  }

  /** The tlog-proof of an entry. */
  tlogProof(index: number): Uint8Array {
    const path = pathOf(index, this.entries.map(leafHash)).map((hash) => `${toBase64(hash)}\n`);
    const extra = toBase64(this.entries[index] as Uint8Array);
    const head = `c2sp.org/tlog-proof@v1\nextra ${extra}\nindex ${index}\n${path.join("")}\n`;
    return concat(utf8(head), this.checkpoint());
  }

  /** An entry with the log's receipt in its unprotected header. */
  transparent(index: number, subject: string): Uint8Array {
    const { value } = decode(this.entries[index] as Uint8Array, 1 << 16) as Tagged;
    const [head, , payload, signature] = value as readonly CborValue[];
    return encode(new Tagged(18, [head as CborValue, new Map([[394n, [this.#receipt(index, subject)]]]), payload as CborValue, signature as CborValue]));
  }

  #receipt(index: number, subject: string): Uint8Array {
    const hashes = this.entries.map(leafHash);
    const claims = new Map([
      [1n, ORIGIN],
      [2n, subject],
    ]);
    const head = encode(
      new Map<bigint, CborValue>([
        [1n, -19n],
        [4n, this.log.kid],
        [15n, claims],
        [395n, 1n],
      ]),
    );
    const proof = encode([BigInt(hashes.length), BigInt(index), pathOf(index, hashes)]);
    const signature = this.log.sign(encode(["Signature1", head, EMPTY, rootOf(hashes)]));
    return encode(new Tagged(18, [head, new Map([[396n, new Map([[-1n, [proof]]])]]), null, signature]));
  }

  logged(index: number, size: number = this.entries.length): CborValue {
    const hashes = this.entries.slice(0, size).map(leafHash);
    return [this.entries[index] as Uint8Array, BigInt(index), pathOf(index, hashes)];
  }

  model(quorum = 2): Record<string, unknown> {
    const vkey = (name: string, type: number, key: Key): string => {
      const typed = concat(Uint8Array.of(type), key.public);
      return `${name}+${toHex(keyIdOf(name, typed))}+${toBase64(typed)}`;
    };
    return {
      format: "civicroot/policy/v1",
      realm: this.realm,
      version: 1,
      roots: { threshold: 1, keys: [toBase64(this.root.public)] },
      logs: [{ vkey: vkey(ORIGIN, TYPE_ED25519, this.log), first: 0 }],
      registrars: [{ name: "registrar", key: toBase64(this.registrar.public), first: 0 }],
      witnesses: this.witnesses.map((key, i) => ({ vkey: vkey(`witness-${i}.example`, TYPE_COSIGNATURE, key), first: 0 })),
      quorum,
      anchors: this.anchors,
    };
  }

  policyFile(model: Record<string, unknown> = this.model(), signers: readonly Key[] = [this.root]): string {
    const body = encode(new Map<bigint, CborValue>([[16n, "application/civicroot-policy+cbor"]]));
    const payload = encode(cborOf(model));
    const ordered = [...signers].sort((a, b) => compareBytes(a.kid, b.kid));
    const signatures = ordered.map((key) => {
      const head = encode(
        new Map<bigint, CborValue>([
          [1n, -19n],
          [4n, key.kid],
        ]),
      );
      const message = encode(["Signature", body, head, aad("policy", String(model.realm)), payload]);
      return { kid: toHex(key.kid), signature: toBase64(key.sign(message)) };
    });
    return JSON.stringify({ policy: model, signatures });
  }
}

function cborOf(json: unknown): CborValue {
  if (typeof json === "string") return json;
  if (typeof json === "number") return BigInt(json);
  if (Array.isArray(json)) return json.map(cborOf);
  return new Map(Object.entries(json as object).map(([key, value]) => [key, cborOf(value)]));
}

/** A small city with one bin and its parts of a proof, ready to be assembled or spoiled. */
export class Scene {
  readonly city: City;
  readonly gateway = new Key("gateway");
  readonly bin = new Key("bin 12");
  readonly parts: Map<bigint, CborValue>;

  constructor({ realm = REALM, revoked = false, simulated = true }: { realm?: string; revoked?: boolean; simulated?: boolean } = {}) {
    const city = new City(realm);
    this.city = city;
    const gateway = city.append(city.enrolment(this.gateway, { subject: "gateway/1", role: "gateway", statusIndex: 0n }));
    const device = { subject: "bin/12", role: "device", statusIndex: 9n, label: "Market square", simulated };
    const bin = city.append(city.enrolment(this.bin, device));
    const told = city.checkpoint();
    const records = [0n, 1n, 2n, 3n, 4n].map((seq) => city.record(this.bin, seq, { beacon: city.beacon(told) }));
    const header = city.append(city.header(this.gateway, 0n, records));
    const list = city.append(city.statusList(Uint8Array.of(0, revoked ? 2 : 0)));
    city.append(city.statusList(Uint8Array.of(0, 0, 0)));
    this.parts = new Map<bigint, CborValue>([
      [1n, "civicroot/proof/v1"],
      [2n, realm],
      [3n, records[3] as Uint8Array],
      [4n, [3n, pathOf(3, records.map(leafHash))]],
      [5n, city.logged(header)],
      [6n, fromUtf8(city.checkpoint())],
      [7n, city.logged(bin)],
      [8n, city.logged(gateway)],
      [9n, city.logged(list)],
      [10n, fromUtf8(told)],
    ]);
  }

  /** The proof's bytes with some parts replaced, or left out where undefined. */
  proof(changes: readonly (readonly [bigint, CborValue | undefined])[] = []): Uint8Array {
    const parts = new Map(this.parts);
    for (const [label, value] of changes) {
      if (value === undefined) parts.delete(label);
      else parts.set(label, value);
    }
    return bundle(parts);
  }
}

/** Labels of a bundle's parts that are entries of the log (SPEC.md §7.1). */
const LOGGED = [5n, 7n, 8n, 9n, 13n, 14n];

interface Place {
  readonly index: number;
  readonly path: readonly Uint8Array[];
}

/** The hashes that the paths of some entries come to together: roots of the subtrees without any, from left to right. */
function hashesBeside(low: number, high: number, inside: readonly Place[], depth = 1): readonly Uint8Array[] {
  if (high - low <= 1) return [];
  let split = 1;
  while (split * 2 < high - low) split *= 2;
  const left = inside.filter(({ index }) => index < low + split);
  const right = inside.filter(({ index }) => index >= low + split);
  const neighbour = (of: readonly Place[]): readonly Uint8Array[] => [of[0]?.path.at(-depth) as Uint8Array];
  return [
    ...(left.length > 0 ? hashesBeside(low, low + split, left, depth + 1) : neighbour(right)),
    ...(right.length > 0 ? hashesBeside(low + split, high, right, depth + 1) : neighbour(left)),
  ];
}

/** The bytes of a bundle whose parts hold their paths in full: what proves them all goes into part 12. */
export function bundle(parts: ReadonlyMap<bigint, CborValue>): Uint8Array {
  const out = new Map(parts);
  const places: Place[] = [];
  for (const label of LOGGED) {
    const part = out.get(label);
    if (!Array.isArray(part)) continue;
    const [entry, index, path] = part as [Uint8Array, bigint, readonly Uint8Array[]];
    places.push({ index: Number(index), path });
    out.set(label, [entry, index]);
  }
  const { size } = parseCheckpoint(parseNote(out.get(6n) as string).text);
  return encode(out.set(12n, concat(...hashesBeside(0, Number(size), places))));
}

