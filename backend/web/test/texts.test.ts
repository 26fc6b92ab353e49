import assert from "node:assert/strict";
import { test } from "node:test";
import { ago, moment } from "../src/format/time.ts";
import { show, valueOf } from "../src/format/value.ts";
import { alarmTexts } from "../src/texts/alarms.ts";
import { anchorTexts } from "../src/texts/anchors.ts";
import { blockTexts } from "../src/texts/block.ts";
import { checkTexts } from "../src/texts/check.ts";
import { common } from "../src/texts/common.ts";
import { completenessTexts } from "../src/texts/completeness.ts";
import { entryTexts } from "../src/texts/entry.ts";
import { LANGUAGES, chooseLanguage } from "../src/texts/language.ts";
import { liveTexts } from "../src/texts/live.ts";
import { outsideTexts } from "../src/texts/outside.ts";
import { placeTexts } from "../src/texts/place.ts";
import { provedTexts } from "../src/texts/proved.ts";
import { stepTexts } from "../src/texts/steps.ts";
import { Decimal } from "../src/verifier/cbor.ts";

function flat(value: unknown, path = ""): readonly (readonly [string, unknown])[] {
  if (typeof value !== "object" || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([key, item]) => flat(item, `${path}/${key}`));
}

test("every language has every text, and none is left in English", () => {
  for (const dictionary of [alarmTexts, anchorTexts, blockTexts, common, checkTexts, completenessTexts, entryTexts, liveTexts, outsideTexts, placeTexts, provedTexts, stepTexts]) {
    const english = new Map(flat(dictionary.en));
    for (const language of LANGUAGES.filter((item) => item !== "en")) {
      const texts = flat(dictionary[language]);
      assert.deepEqual(texts.map(([path]) => path).sort(), [...english.keys()].sort(), language);
      for (const [path, text] of texts) if (typeof text === "string") assert.notEqual(text, english.get(path), `${language} ${path}`);
    }
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
