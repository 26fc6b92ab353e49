/**
 * A site file that the crew has with it: the same as of `civicroot provision`, read in the browser and sent nowhere.
 *
 * The gateway's certificate authority is a file of its own, chosen together with it. What devices are told is looked at by the
 * devices themselves; here it is only found.
 */

import { parse } from "smol-toml";
import { checkRealm } from "../verifier/names.ts";
import { WireError } from "../verifier/errors.ts";
import type { Site, SiteGateway } from "./site.ts";

/** What is wrong with a file, for people. */
export class SiteFileError extends Error {}

export interface NamedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

type Table = Readonly<Record<string, unknown>>;
const GATEWAY = ["kid", "public", "host", "port", "name", "username", "password"] as const;
const KEYS = ["operator", "release", "registrar"] as const;
const PLACE = ["language", "claim_host", "interval_s"] as const;
const WIFI = ["ssid", "password", "power_save"] as const;

function textOf({ name, bytes }: NamedFile): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) throw new SiteFileError(`${name}: not UTF-8`);
    throw error;
  }
}

function tomlOf(file: NamedFile): Table {
  try {
    return parse(textOf(file)) as Table;
  } catch (error) {
    if (error instanceof SiteFileError) throw error;
    if (error instanceof Error) throw new SiteFileError(`${file.name}: ${error.message.split("\n")[0]}`);
    throw error;
  }
}

function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** The certificate in DER, in base64: a PEM file has just that between two lines. */
function authority({ name, bytes }: NamedFile): string {
  const text = new TextDecoder().decode(bytes);
  const [, body] = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/.exec(text) ?? [];
  const der = body === undefined ? base64(bytes) : body.replace(/\s/g, "");
  if (!der.startsWith("MI")) throw new SiteFileError(`${name}: no certificate`); // a DER sequence of over 127 bytes
  return der;
}

function tableOf(found: Table, name: string): Table {
  const table = found[name] ?? {};
  if (typeof table !== "object" || table === null || Array.isArray(table)) throw new SiteFileError(`${name}: no table`);
  return table as Table;
}

function needed(found: Table, name: string): string {
  const value = found[name];
  if (typeof value !== "string" || value === "") throw new SiteFileError(`${name} is missing`);
  return value;
}

function some<T extends string>(found: Table, names: readonly T[]): Readonly<Partial<Record<T, string | number>>> {
  const there = names.filter((name) => typeof found[name] === "string" || typeof found[name] === "number");
  return Object.fromEntries(there.map((name) => [name, found[name]])) as Partial<Record<T, string | number>>;
}

function realmOf(found: Table): string {
  try {
    return checkRealm(needed(found, "realm"));
  } catch (error) {
    if (error instanceof WireError) throw new SiteFileError(`realm: ${error.message}`);
    throw error;
  }
}

function gatewayOf(found: Table, files: readonly NamedFile[]): SiteGateway {
  const gateway = tableOf(found, "gateway");
  const needs = "public" in gateway ? ["public"] : ["kid", "host", "port"];
  for (const name of needs) if (!(name in gateway)) throw new SiteFileError(`gateway.${name} is missing`);
  if (gateway["ca"] === undefined) return some(gateway, GATEWAY) as SiteGateway;
  const wanted = String(gateway["ca"]).split("/").at(-1);
  const file = files.find(({ name }) => name === wanted);
  if (file === undefined) throw new SiteFileError(`gateway.ca: choose ${wanted}, too`);
  return { ...(some(gateway, GATEWAY) as SiteGateway), ca: authority(file) };
}

/** The site of the one TOML file among `files`. Throws SiteFileError. */
export function readSite(files: readonly NamedFile[]): Site {
  const file = files.find(({ name }) => name.endsWith(".toml"));
  if (file === undefined) throw new SiteFileError("site.toml is missing");
  const found = tomlOf(file);
  const firmware = tableOf(found, "firmware");
  const wifi = some(tableOf(found, "wifi"), WIFI) as NonNullable<Site["wifi"]>;
  return {
    realm: realmOf(found),
    url: needed(found, "url").replace(/\/$/, ""),
    support: needed(found, "support"),
    gateway: gatewayOf(found, files),
    wifi: "wifi" in found ? wifi : null,
    keys: some(found, KEYS) as Record<string, string>,
    place: some(found, PLACE),
    version: typeof firmware["version"] === "string" ? firmware["version"] : null,
    model: typeof firmware["model"] === "string" ? firmware["model"] : null,
    account: tableOf(found, "gateway")["account"] !== undefined,
    configuration: Object.keys(tableOf(found, "configuration")),
  };
}
