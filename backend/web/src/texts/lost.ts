/** Under an address that leads nowhere. */

import type { Dictionary } from "./language.ts";

export interface LostTexts {
  readonly title: string;
  readonly lead: string;
  readonly hint: string;
}

const en: LostTexts = {
  title: "There is nothing here",
  lead: "This address leads nowhere in this city.",
  hint: "Perhaps a letter is missing. If you have a bin or a tree in front of you, scan its code.",
};

const ko: LostTexts = {
  title: "여기에는 아무것도 없습니다",
  lead: "이 주소는 이 도시의 어느 곳으로도 이어지지 않습니다.",
  hint: "글자가 하나 빠졌을지도 모릅니다. 수거함이나 나무 앞에 있다면 코드를 스캔하세요.",
};

const zh: LostTexts = {
  title: "这里什么也没有",
  lead: "此网址不通向本城市的任何页面。",
  hint: "也许少了一个字母。如果您面前有垃圾箱或树木，请扫描其二维码。",
};

export const lostTexts: Dictionary<LostTexts> = { en, ko, zh };
