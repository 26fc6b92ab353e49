/** Texts of the account of a device's numbers. */

import type { Dictionary } from "./language.ts";

/** From worst to best; a hole shows however many numbers share its cell. */
export const FATES = ["lost", "rejected", "unknown", "thinned", "skipped", "pruned", "received"] as const;
export type Fate = (typeof FATES)[number];

export interface CompletenessTexts {
  readonly heading: string;
  readonly lead: string;
  readonly complete: (count: string) => string;
  /** How many are missing, and which. */
  readonly missing: (count: number, numbers: string) => string;
  readonly more: (count: string) => string;
  readonly fates: Readonly<Record<Fate, string>>;
  readonly explained: (fate: Fate, count: string) => string;
  readonly stripLabel: (first: string, last: string) => string;
  /** Since when, and by whose clock. */
  readonly silent: (when: string, clock: "device" | "backend") => string;
  readonly withdrawn: (entry: string) => string;
  readonly equivocated: (count: string) => string;
  readonly conflicts: (count: string) => string;
  readonly asOf: (size: string) => string;
  readonly truncated: string;
  readonly ownAccount: string;
  readonly unavailable: string;
}

const en: CompletenessTexts = {
  heading: "Is anything missing?",
  lead: "The device numbers its readings, so whatever does not arrive leaves a hole.",
  complete: (count) => (count === "1" ? "The only reading so far is there." : `All ${count} readings are accounted for.`),
  missing: (count, numbers) =>
    count === 1 ? `One reading is missing: number ${numbers}.` : `${count} readings are missing: numbers ${numbers}.`,
  more: (count) => `and ${count} more`,
  fates: {
    received: "received",
    skipped: "never used",
    thinned: "left out by the device",
    rejected: "refused",
    pruned: "archived",
    lost: "missing",
    unknown: "not listed",
  },
  explained: (fate, count) =>
    ({
      received: `${count} received`,
      skipped: `${count} never used: the device had reserved the numbers when it lost power`,
      thinned: `${count} left out by the device, which said so: routine reports during an outage`,
      rejected: `${count} refused: signed by the device, but not acceptable`,
      pruned: `${count} older than the city keeps the content: the log holds that they were received`,
      lost: `${count} missing`,
      unknown: `${count} not listed`,
    })[fate],
  stripLabel: (first, last) => `Numbers ${first} to ${last}`,
  silent: (when, clock) =>
    `Silent since ${when}, by the ${clock === "device" ? "device’s" : "server’s"} clock: it had promised to report by then, and has not.`,
  withdrawn: (entry) => `Its key was withdrawn in log entry ${entry}, so nothing more is expected of it.`,
  equivocated: (count) => `Signed twice with different content: ${count}. The key may have been copied.`,
  conflicts: (count) => `Used although the device said that it skipped them: ${count}. The key may have been copied.`,
  asOf: (size) => `As of ${size} log entries.`,
  truncated: "There are more holes than the server lists here.",
  ownAccount: "This is the server’s own account. It cannot be checked from one proof; an audit of the whole log (civicroot audit) verifies it.",
  unavailable: "This server gives no account of missing readings.",
};

const ko: CompletenessTexts = {
  heading: "빠진 것이 있나요?",
  lead: "장치가 측정값에 번호를 매기므로, 도착하지 않은 것은 빈자리로 남습니다.",
  complete: (count) => `측정값 ${count}개가 모두 확인됩니다.`,
  missing: (count, numbers) => `측정값 ${count}개가 없습니다: ${numbers}번.`,
  more: (count) => `그 밖에 ${count}개`,
  fates: {
    received: "받음",
    skipped: "쓰지 않음",
    thinned: "장치가 뺌",
    rejected: "거절됨",
    pruned: "보관됨",
    lost: "없음",
    unknown: "목록에 없음",
  },
  explained: (fate, count) =>
    ({
      received: `받음 ${count}개`,
      skipped: `쓰지 않은 번호 ${count}개: 전원이 끊길 때 장치가 잡아 두었던 번호`,
      thinned: `장치가 밝히고 뺀 것 ${count}개: 통신 두절 때의 정기 보고`,
      rejected: `거절된 것 ${count}개: 장치가 서명했지만 받아들일 수 없음`,
      pruned: `도시가 내용을 보관하는 기간이 지난 것 ${count}개: 받았다는 사실은 로그에 남음`,
      lost: `없는 것 ${count}개`,
      unknown: `목록에 없는 것 ${count}개`,
    })[fate],
  stripLabel: (first, last) => `${first}번부터 ${last}번까지`,
  silent: (when, clock) =>
    `${when}부터 소식이 없습니다(${clock === "device" ? "장치" : "서버"}의 시계). 그때까지 보고하기로 했지만 하지 않았습니다.`,
  withdrawn: (entry) => `키가 로그 항목 ${entry}에서 폐지되어 더는 보고를 기대하지 않습니다.`,
  equivocated: (count) => `다른 내용으로 두 번 서명된 번호 ${count}개. 키가 복제되었을 수 있습니다.`,
  conflicts: (count) => `건너뛰었다고 한 뒤에 쓴 번호 ${count}개. 키가 복제되었을 수 있습니다.`,
  asOf: (size) => `로그 항목 ${size}개 기준.`,
  truncated: "서버가 여기 적은 것보다 빈자리가 더 많습니다.",
  ownAccount: "이것은 서버 스스로의 설명입니다. 증명 하나로는 확인할 수 없고, 로그 전체의 감사(civicroot audit)가 확인합니다.",
  unavailable: "이 서버는 빠진 측정값에 대한 설명을 제공하지 않습니다.",
};

const zh: CompletenessTexts = {
  heading: "有缺失吗？",
  lead: "设备为读数编号，因此没有到达的会留下空缺。",
  complete: (count) => `${count} 个读数全部有交代。`,
  missing: (count, numbers) => `缺少 ${count} 个读数：编号 ${numbers}。`,
  more: (count) => `以及另外 ${count} 个`,
  fates: {
    received: "已收到",
    skipped: "未使用",
    thinned: "设备略去",
    rejected: "被拒绝",
    pruned: "已归档",
    lost: "缺失",
    unknown: "未列出",
  },
  explained: (fate, count) =>
    ({
      received: `${count} 个已收到`,
      skipped: `${count} 个编号从未使用：断电时设备已预留`,
      thinned: `${count} 个由设备声明略去：中断期间的例行报告`,
      rejected: `${count} 个被拒绝：由设备签名，但不可接受`,
      pruned: `${count} 个已超过城市保存内容的期限：日志记载曾经收到`,
      lost: `${count} 个缺失`,
      unknown: `${count} 个未列出`,
    })[fate],
  stripLabel: (first, last) => `编号 ${first} 至 ${last}`,
  silent: (when, clock) => `自 ${when} 起没有消息（以${clock === "device" ? "设备" : "服务器"}时钟为准）：它承诺届时报告，却没有。`,
  withdrawn: (entry) => `其密钥已在日志条目 ${entry} 中撤销，不再期待它的报告。`,
  equivocated: (count) => `以不同内容签名两次的编号：${count} 个。密钥可能被复制。`,
  conflicts: (count) => `声称跳过却又使用的编号：${count} 个。密钥可能被复制。`,
  asOf: (size) => `截至 ${size} 个日志条目。`,
  truncated: "空缺比服务器在此列出的更多。",
  ownAccount: "这是服务器自己的说法，单个证明无法核验；对整个日志的审计（civicroot audit）可以核验。",
  unavailable: "此服务器不提供缺失读数的说明。",
};

export const completenessTexts: Dictionary<CompletenessTexts> = { en, ko, zh };
