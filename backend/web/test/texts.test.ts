import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { ago, moment } from "../src/format/time.ts";
import { show, valueOf } from "../src/format/value.ts";
import { common } from "../src/texts/common.ts";
import { type Dictionary, LANGUAGES, chooseLanguage } from "../src/texts/language.ts";
import { Decimal } from "../src/verifier/cbor.ts";

const SOURCES = new URL("../src/", import.meta.url);

function flat(value: unknown, path = ""): readonly (readonly [string, unknown])[] {
  if (typeof value !== "object" || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([key, item]) => flat(item, `${path}/${key}`));
}

function isDictionary(value: unknown): value is Dictionary<object> {
  return typeof value === "object" && value !== null && LANGUAGES.every((language) => typeof Reflect.get(value, language) === "object");
}

interface Named {
  readonly name: string;
  /** File without its folder. */
  readonly file: string;
  readonly dictionary: Dictionary<object>;
}

/** Every dictionary that a file of texts exports: none can be forgotten here. */
async function dictionaries(): Promise<readonly Named[]> {
  const folder = new URL("texts/", SOURCES);
  const files = readdirSync(folder).filter((file) => file.endsWith(".ts"));
  const found = await Promise.all(
    files.map(async (file) => {
      const exported = Object.entries((await import(new URL(file, folder).href)) as Record<string, unknown>);
      return exported.flatMap(([name, value]) => (isDictionary(value) ? [{ name, file, dictionary: value }] : []));
    }),
  );
  return found.flat();
}

/** Whether names in a text are so by nature, in every language. */
function isName(text: string): boolean {
  return !/\p{Letter}{2}/u.test(text) || text === "kg";
}

test("every language has every text, and none is left in English", async () => {
  const found = await dictionaries();
  assert.ok(found.length >= 18, `${found.length} dictionaries`);
  for (const { name, dictionary } of found) {
    const english = new Map(flat(dictionary.en));
    for (const language of LANGUAGES.filter((item) => item !== "en")) {
      const texts = flat(dictionary[language]);
      assert.deepEqual(texts.map(([path]) => path).sort(), [...english.keys()].sort(), `${name} ${language}`);
      for (const [path, text] of texts) {
        if (typeof text === "string" && !isName(text)) assert.notEqual(text, english.get(path), `${name} ${language} ${path}`);
      }
    }
  }
});

function sources(): ReadonlyMap<string, string> {
  const files = readdirSync(SOURCES, { recursive: true, encoding: "utf8" }).filter((file) => /\.tsx?$/.test(file) && !file.startsWith("texts/"));
  return new Map(files.map((file) => [file, readFileSync(new URL(file, SOURCES), "utf8").replace(/(?<![\w"])\/\*[^]*?\*\/|\/\/ .*/g, "")]));
}

/** Files that may use a dictionary: they import its file or the component of that name, or have it from the hook that all share. */
function usersOf({ file }: Named, all: ReadonlyMap<string, string>): string {
  const shared = ["common.ts", "check.ts", "steps.ts"].includes(file);
  return [...all.values()].filter((source) => source.includes(`/${file}`) || (shared && /\buseTexts\b|\btexts\b/.test(source))).join("\n");
}

test("every text is used", async () => {
  const all = sources();
  const unused: string[] = [];
  for (const named of await dictionaries()) {
    const users = usersOf(named, all);
    // Looked up by the id of a step.
    if (named.name === "stepTexts" && /\bsteps\[/.test(users)) continue;
    for (const key of Object.keys(named.dictionary.en)) {
      // `texts.key`, or taken out of the dictionary: `{ key, … } =`.
      const used = new RegExp(`\\.${key}\\b|\\{[^{}]*\\b${key}\\b[^{}]*\\}\\s*=|\\{[^{}]*\\b${key}\\b[^{}]*\\}: \\w*Texts`).test(users);
      if (!used) unused.push(`${named.name}.${key}`);
    }
  }
  assert.deepEqual(unused, []);
});

test("no component has words of its own", () => {
  for (const [file, source] of sources()) {
    if (!file.endsWith(".tsx")) continue;
    // Between two tags, and not an expression.
    const words = [...source.matchAll(/<\/?[a-zA-Z][^<>{}=]*>([^<>{}]*\p{Letter}{2}[^<>{}]*)<\//gu)].map(([, text]) => text?.trim());
    assert.deepEqual(words, [], file);
    const attributes = [...source.matchAll(/\b(?:aria-label|title|placeholder|alt)="([^"]+)"/g)].map(([, text]) => text);
    assert.deepEqual(attributes, [], file);
  }
});

test("the language is the kept one, or the browser's first that exists, or English", () => {
  assert.equal(chooseLanguage("ko", ["de", "zh-CN"]), "ko");
  assert.equal(chooseLanguage(null, ["de-AT", "zh-Hant-TW", "ko"]), "zh");
  assert.equal(chooseLanguage("fr", ["de"]), "en");
});

test("values are shown as people read them", () => {
  const shown = (name: string, unit: string | undefined, value: bigint | Decimal | boolean): string => {
    const { number, unit: written } = show(valueOf({ name, unit, value, time: undefined, updateTime: undefined }), common.en);
    return number + written;
  };
  assert.equal(shown("fill", "/", new Decimal(-2, 62n)), "62%");
  assert.equal(shown("temp", "Cel", new Decimal(-2, 2150n)), "21.50°C");
  assert.equal(shown("tilt", "rad", new Decimal(-3, 524n)), "30°");
  assert.equal(shown("girth", "m", new Decimal(-5, 12n)), "0.12mm");
  assert.equal(shown("battery", "%EL", 87n), "87%");
  assert.equal(shown("lid", undefined, true), "open");
});

test("ages count back from now, and a clock ahead counts as now", () => {
  const now = Date.parse("2026-01-01T12:00:00Z");
  assert.equal(ago("2026-01-01T11:58:10Z", now, "en"), "1 minute ago");
  assert.equal(ago("2026-01-01T12:00:30Z", now, "en"), "now");
  assert.equal(ago("2025-12-30T12:00:00Z", now, "en"), "2 days ago");
});

test("a time that no calendar reaches is shown as the number it is", () => {
  assert.equal(moment((1n << 64n) - 1n, "en"), "18446744073709551615");
  assert.equal(ago("+292277026596-12-04T15:30:07Z", 0, "en"), "+292277026596-12-04T15:30:07Z");
});
