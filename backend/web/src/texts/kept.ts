/** Texts of what is shown without a network, or on a bad one. */

import type { Dictionary } from "./language.ts";

export interface KeptTexts {
  readonly offline: string;
  readonly seen: (when: string) => string;
}

const en: KeptTexts = {
  offline: "No connection to the city.",
  seen: (when) => `You see what this phone kept ${when}.`,
};

const ko: KeptTexts = {
  offline: "도시에 연결되지 않았습니다.",
  seen: (when) => `이 휴대폰이 ${when} 저장해 둔 내용입니다.`,
};

const zh: KeptTexts = {
  offline: "未连接到城市服务器。",
  seen: (when) => `您看到的是此手机${when}保存的内容。`,
};

export const keptTexts: Dictionary<KeptTexts> = { en, ko, zh };
