/** Texts of what was done for a tree. */

import type { CareName } from "../api/types.ts";
import type { Dictionary } from "./language.ts";

export interface CareTexts {
  readonly heading: string;
  readonly lead: string;
  readonly what: Readonly<Record<CareName, string>>;
  readonly changed: string;
  readonly verified: (issuer: string) => string;
  readonly checking: string;
  readonly failed: string;
  readonly unavailable: string;
  readonly waiting: string;
  readonly proof: string;
  readonly more: string;
}

const en: CareTexts = {
  heading: "Care",
  lead: "What crews did for this tree. The log has a hash of each line, and your browser compares them.",
  what: { watered: "Watered", pruned: "Pruned", treated: "Treated", inspected: "Inspected" },
  changed: "changed since",
  verified: (issuer) => `On record, stated by ${issuer}`,
  checking: "Being checked …",
  failed: "The log has something else. Do not believe this line.",
  unavailable: "Its proof cannot be fetched just now.",
  waiting: "Not in the log yet.",
  proof: "Proof",
  more: "Show more",
};

const ko: CareTexts = {
  heading: "돌봄",
  lead: "작업자가 이 나무에 한 일입니다. 로그에 각 줄의 해시가 있으며 이 브라우저가 비교합니다.",
  what: { watered: "물 주기", pruned: "가지치기", treated: "치료", inspected: "점검" },
  changed: "나중에 수정됨",
  verified: (issuer) => `기록됨, ${issuer} 진술`,
  checking: "확인하는 중 …",
  failed: "로그의 내용과 다릅니다. 이 줄을 믿지 마십시오.",
  unavailable: "지금은 증명을 가져올 수 없습니다.",
  waiting: "아직 로그에 없습니다.",
  proof: "증명",
  more: "더 보기",
};

const zh: CareTexts = {
  heading: "养护",
  lead: "维护人员为这棵树所做的事。日志中有每一行的哈希值，由您的浏览器比对。",
  what: { watered: "浇水", pruned: "修剪", treated: "治疗", inspected: "检查" },
  changed: "后来修改过",
  verified: (issuer) => `已记录，由 ${issuer} 声明`,
  checking: "正在核验……",
  failed: "日志中的内容不同，请勿相信此行。",
  unavailable: "目前无法取得其证明。",
  waiting: "尚未进入日志。",
  proof: "证明",
  more: "显示更多",
};

export const careTexts: Dictionary<CareTexts> = { en, ko, zh };
