/** Texts of the live page's panel of witnesses and anchors. */

import type { AnchoringState, WitnessState } from "../api/types.ts";
import type { Dictionary } from "./language.ts";

export interface OutsideTexts {
  readonly heading: string;
  readonly lead: string;
  readonly witnesses: string;
  readonly noWitnesses: string;
  readonly none: string;
  readonly ratio: (count: number, known: number) => string;
  /** The newest published state. */
  readonly seen: (size: string, count: string, known: string) => string;
  readonly asks: (quorum: string) => string;
  readonly below: (quorum: string) => string;
  readonly cosigned: (when: string) => string;
  readonly neverCosigned: string;
  readonly states: Readonly<Record<WitnessState, string>>;
  readonly anchors: string;
  readonly noAnchors: string;
  readonly unused: string;
  readonly anchored: (size: string, when: string) => string;
  readonly under: (size: string, when: string) => string;
  readonly gaveUp: (size: string) => string;
  readonly anchorStates: Readonly<Record<AnchoringState, string>>;
  readonly evidence: string;
  readonly unavailable: string;
}

const en: OutsideTexts = {
  heading: "Who watches the log",
  lead: "So says the city’s server. Of a single reading, your browser checks it in the proof.",
  witnesses: "Witnesses",
  noWitnesses: "No independent witnesses yet. That everybody is shown the same log is the city’s word alone.",
  none: "none yet",
  ratio: (count, known) => `${count} of ${known}`,
  seen: (size, count, known) => `The newest state, of ${size} entries, was seen by ${count} of ${known}.`,
  asks: (quorum) => `The city’s policy asks for ${quorum}.`,
  below: (quorum) => `That is fewer than the ${quorum} that the city’s policy asks for.`,
  cosigned: (when) => `cosigned ${when}`,
  neverCosigned: "has not cosigned yet",
  states: { ok: "answers", slow: "slow", down: "does not answer", lying: "answers falsely", clock: "wrong clock" },
  anchors: "Anchors outside the city",
  noAnchors: "Not anchored outside the city yet. No clock but the city’s and its witnesses’ dates the log.",
  unused: "In the city’s policy; nothing is anchored there yet.",
  anchored: (size, when) => `${size} entries, ${when}`,
  under: (size, when) => `${size} entries under way since ${when}`,
  gaveUp: (size) => `${size} entries: given up, a newer state is next`,
  anchorStates: { confirmed: "confirmed", pending: "pending", failed: "failed" },
  evidence: "Evidence",
  unavailable: "The server does not say who watches the log.",
};

const ko: OutsideTexts = {
  heading: "누가 로그를 지켜보는가",
  lead: "도시 서버의 말입니다. 측정값 하나하나에 대해서는 브라우저가 증명에서 확인합니다.",
  witnesses: "증인",
  noWitnesses: "아직 독립된 증인이 없습니다. 모두가 같은 로그를 본다는 것은 도시의 말일 뿐입니다.",
  none: "아직 없음",
  ratio: (count, known) => `${known}곳 중 ${count}곳`,
  seen: (size, count, known) => `항목 ${size}개인 최신 상태를 ${known}곳 가운데 ${count}곳이 보았습니다.`,
  asks: (quorum) => `도시의 정책은 ${quorum}곳을 요구합니다.`,
  below: (quorum) => `도시의 정책이 요구하는 ${quorum}곳보다 적습니다.`,
  cosigned: (when) => `${when} 공동 서명`,
  neverCosigned: "아직 공동 서명한 적 없음",
  states: { ok: "응답함", slow: "느림", down: "응답 없음", lying: "거짓 응답", clock: "시계 어긋남" },
  anchors: "도시 밖의 고정",
  noAnchors: "아직 도시 밖에 고정되어 있지 않습니다. 도시와 증인의 시계 말고는 로그의 시각을 적는 시계가 없습니다.",
  unused: "도시의 정책에 있으나 아직 고정한 것이 없습니다.",
  anchored: (size, when) => `항목 ${size}개, ${when}`,
  under: (size, when) => `항목 ${size}개, ${when}부터 진행 중`,
  gaveUp: (size) => `항목 ${size}개: 포기함, 더 새로운 상태가 다음입니다`,
  anchorStates: { confirmed: "확정", pending: "진행 중", failed: "실패" },
  evidence: "증거",
  unavailable: "누가 로그를 지켜보는지 서버가 알려 주지 않습니다.",
};

const zh: OutsideTexts = {
  heading: "谁在看守日志",
  lead: "这是城市服务器的说法；对单个读数，您的浏览器在证明中核验。",
  witnesses: "见证人",
  noWitnesses: "尚无独立见证人。所有人看到同一份日志，只是城市自己的说法。",
  none: "尚无",
  ratio: (count, known) => `${known} 位中的 ${count} 位`,
  seen: (size, count, known) => `最新状态（${size} 个条目）由 ${known} 位中的 ${count} 位看到。`,
  asks: (quorum) => `城市的策略要求 ${quorum} 位。`,
  below: (quorum) => `少于城市策略要求的 ${quorum} 位。`,
  cosigned: (when) => `${when}共同签名`,
  neverCosigned: "尚未共同签名",
  states: { ok: "有回应", slow: "缓慢", down: "无回应", lying: "回应虚假", clock: "时钟有误" },
  anchors: "城市之外的锚定",
  noAnchors: "尚未在城市之外锚定。除城市及其见证人的时钟外，没有其他时钟为日志注明时间。",
  unused: "城市的策略中有此锚定，但尚未锚定任何内容。",
  anchored: (size, when) => `${size} 个条目，${when}`,
  under: (size, when) => `${size} 个条目，自${when}起进行中`,
  gaveUp: (size) => `${size} 个条目：已放弃，接着锚定更新的状态`,
  anchorStates: { confirmed: "已确认", pending: "进行中", failed: "失败" },
  evidence: "证据",
  unavailable: "服务器未说明谁在看守日志。",
};

export const outsideTexts: Dictionary<OutsideTexts> = { en, ko, zh };
