/** Public vectors beside the checkout, and the project's own vectors. */

import { existsSync, readFileSync, readdirSync } from "node:fs";

const ROOT = new URL("../../../../", import.meta.url);

/** A public vector file as text; undefined where the folder is absent, which the test then says. */
export function sharedText(path: string): string | undefined {
  const url = new URL(`../shared/vectors/${path}`, ROOT);
  return existsSync(url) ? readFileSync(url, "utf8") : undefined;
}

/** JSON of a public vector file. */
export function sharedJson<T>(path: string): T | undefined {
  const text = sharedText(path);
  return text === undefined ? undefined : (JSON.parse(text) as T);
}

/** A file of the project's vectors, which is always there. */
export function vectorText(path: string): string {
  return readFileSync(new URL(`tests/vectors/${path}`, ROOT), "utf8");
}

/** Names of the families of the project's vectors. */
export function vectorFamilies(): readonly string[] {
  const files = readdirSync(new URL("tests/vectors/", ROOT));
  return files.filter((file) => file.endsWith(".json")).map((file) => file.slice(0, -".json".length));
}

/** Says how many vectors of a family ran, or that the family is absent. */
export function report(family: string, count: number | undefined): void {
  console.log(count === undefined ? `vectors ${family}: absent` : `vectors ${family}: ${count}`);
}
