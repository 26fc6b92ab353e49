import assert from "node:assert/strict";
import { test } from "node:test";
import type { Alarms } from "../src/api/types.ts";
import { REASONS, inOrder, isReason, standingOf, worstFirst } from "../src/api/reasons.ts";
import { after } from "../src/pages/live/useAlarms.ts";
import { alarmTexts } from "../src/texts/alarms.ts";
import { LANGUAGES } from "../src/texts/language.ts";

const NONE: Alarms = { gateways: [], silent: [], silent_count: 0, behind: 0 };
const LETTERS = { en: /^[A-Z]/u, ko: /\p{Script=Hangul}/u, zh: /\p{Script=Han}/u };

test("reasons are worst first, and those that the page does not know are last", () => {
  assert.deepEqual(worstFirst(["clock-unset", "disk-full", "newer", "a-new-one"]), ["disk-full", "clock-unset", "a-new-one", "newer"]);
  assert.deepEqual(worstFirst([...REASONS].reverse()), REASONS);
  assert.ok(!isReason("newer"));
});

test("a gateway that takes nothing in is told from one that is offline and from one in any other trouble", () => {
  assert.equal(standingOf(["offline"]), "offline");
  assert.equal(standingOf(["clock-unset", "spool-full"]), "stopped");
  assert.equal(standingOf(["clock-unset"]), "trouble");
  assert.equal(standingOf(["newer"]), "trouble");
});

test("gateways are worst first, then that with most devices, then as the server has them", () => {
  const alarms = [
    { reasons: ["newer"], behind: 900 },
    { reasons: ["offline"], behind: 3 },
    { reasons: ["room-short", "disk-full"], behind: 1 },
    { reasons: ["offline"], behind: 40 },
  ];
  assert.deepEqual(inOrder(alarms).map(({ behind }) => behind), [40, 3, 1, 900]);
});

test("every reason is one sentence, in the letters of its language, with no term of the machine in it", () => {
  for (const language of LANGUAGES) {
    for (const name of REASONS) {
      const text = alarmTexts[language].reasons[name];
      assert.match(text, LETTERS[language], `${language} ${name}`);
      assert.match(text, /^[^.。!?]+[.。]$/u, `${language} ${name}`);
      assert.doesNotMatch(text, /spool|uplink|batch/iu, `${language} ${name}`);
    }
    assert.match(alarmTexts[language].otherReason("newer"), /newer/);
  }
});

test("counts are said with their number, of one too", () => {
  for (const language of LANGUAGES) {
    const { behind, waiting, room, more, unnamed } = alarmTexts[language];
    for (const say of [behind, waiting, room, more, unnamed]) {
      assert.match(say(1, "1"), /\b1(?!\d)/u);
      assert.match(say(1234, "1,234"), /1,234/u);
    }
    assert.notEqual(room(0, "0"), room(1, "1"));
  }
  assert.equal(alarmTexts.en.behind(1, "1"), "1 device behind it");
});

test("without an answer what was known stays, and is said to be old", () => {
  assert.equal(after(undefined, undefined, 5), "unavailable");
  const known = after("unavailable", NONE, 10);
  assert.deepEqual(known, { alarms: NONE, at: 10, fresh: true });
  const old = after(known, undefined, 20);
  assert.deepEqual(old, { alarms: NONE, at: 10, fresh: false });
  assert.deepEqual(after(old, NONE, 30), { alarms: NONE, at: 30, fresh: true });
});
