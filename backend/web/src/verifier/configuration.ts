/** Configuration of a device and release of its firmware (SPEC.md §3.6). */

import { type CborValue, type Decimal } from "./cbor.ts";
import { type Statement, decodeStatement } from "./claims.ts";
import { WireError } from "./errors.ts";
import {
  MAX_UINT32,
  asArray,
  asBoundedText,
  asFixedBytes,
  asMap,
  asNumber,
  asText,
  asUint,
  checkKeys,
} from "./fields.ts";
import { HASH_BYTES } from "./merkle.ts";
import { checkMeasurement, checkSubject } from "./names.ts";

export const TYP_CONFIGURATION = "application/civicroot-configuration+cbor";
export const TYP_RELEASE = "application/civicroot-release+cbor";
const MAX_SETTINGS = 64;
const MAX_SETTING_TEXT = 128;
const MAX_FILES = 256;
const MAX_PATH_BYTES = 96;
/** The application slot of a 4 MB flash. */
const MAX_FILE_BYTES = 1n << 20n;
const MAX_TARGET = 64;
const MAX_VERSION_PART = 65_535n;

export type Setting = bigint | Decimal | boolean | string;

export interface Configuration extends Statement {
  readonly version: bigint;
  readonly settings: ReadonlyMap<string, Setting>;
}

function decodeSetting(value: CborValue): Setting {
  if (typeof value === "boolean") return value;
  return typeof value === "string" ? asBoundedText(value, "setting", 1, MAX_SETTING_TEXT) : asNumber(value, "setting");
}

/** A configuration, strictly decoded; nothing is verified yet. */
export function decodeConfiguration(bytes: Uint8Array): Configuration {
  const { payload, ...statement } = decodeStatement(bytes, TYP_CONFIGURATION);
  checkSubject(statement.claims.subject);
  checkKeys(payload, "configuration", [1n, 2n]);
  const settings = asMap(payload.get(2n), "settings");
  if (settings.size > MAX_SETTINGS) throw new WireError("out-of-range", `${settings.size} settings`);
  return {
    ...statement,
    version: asUint(payload.get(1n), "version", MAX_UINT32),
    settings: new Map(
      Array.from(settings, ([name, value]) => [checkMeasurement(asText(name, "setting")), decodeSetting(value)] as const),
    ),
  };
}

export type Version = readonly [major: bigint, minor: bigint, patch: bigint];

export interface ReleaseFile {
  readonly path: string;
  readonly size: bigint;
  readonly digest: Uint8Array;
}

export interface Release extends Statement {
  readonly version: Version;
  readonly target: string;
  readonly minimum: Version;
  readonly files: readonly ReleaseFile[];
}

function decodeVersion(value: CborValue | undefined): Version {
  return asArray(value, "version", 3).map((part) => asUint(part, "version", MAX_VERSION_PART)) as unknown as Version;
}

function decodeFile(value: CborValue): ReleaseFile {
  const [path, size, digest] = asArray(value, "file", 3);
  return {
    path: asBoundedText(path, "path", 1, MAX_PATH_BYTES),
    size: asUint(size, "file size", MAX_FILE_BYTES),
    digest: asFixedBytes(digest, "file digest", HASH_BYTES),
  };
}

/** A release, strictly decoded; nothing is verified yet. */
export function decodeRelease(bytes: Uint8Array): Release {
  const { payload, ...statement } = decodeStatement(bytes, TYP_RELEASE);
  checkSubject(statement.claims.subject);
  checkKeys(payload, "release", [1n, 2n, 3n, 4n]);
  return {
    ...statement,
    version: decodeVersion(payload.get(1n)),
    target: asBoundedText(payload.get(2n), "target", 1, MAX_TARGET),
    minimum: decodeVersion(payload.get(3n)),
    files: asArray(payload.get(4n), "files", 1, MAX_FILES).map(decodeFile),
  };
}
