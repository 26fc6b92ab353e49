/** What a proof shows, in plain sentences, and what it leaves open. */

import type { Dictionary } from "./language.ts";

export interface ProvedTexts {
  readonly heading: string;
  /** Signed by the key of a place: its kind, its name with label, the entry that enrols it. */
  readonly signedByDevice: (kind: string, place: string, entry: string) => string;
  readonly listed: (entry: string, size: string) => string;
  /** The same of what is an entry itself. */
  readonly isEntry: (entry: string, size: string) => string;
  readonly notAfter: (time: string, names: string) => string;
  readonly notBefore: (time: string, names: string) => string;
  /** Both together; then by whose clocks: those before and those after. */
  readonly between: (from: string, to: string) => string;
  readonly betweenClocks: (before: string, after: string) => string;
  /** Why those clocks suffice: of any `quorum` of `count` one is honest. */
  readonly clocks: (quorum: number, count: number) => string;
  readonly seenBy: (count: number, known: number, quorum: number) => string;
  /** What witnesses add. */
  readonly seenAdds: string;
  readonly notRevoked: (names: string, entry: string, time: string) => string;
  readonly revokedLater: (name: string, entry: string) => string;
  /** A rotation that admits what was still under way. */
  readonly replaced: (name: string, entry: string) => string;
  /** Of a key that was later said to be lost or compromised. */
  readonly doubt: (name: string) => string;
  readonly everyStep: string;
  readonly signedByIssuer: (issuer: string, entry: string) => string;
  readonly signedByRegistrar: (name: string) => string;
  readonly signedByRoots: string;
  readonly unchanged: string;
  readonly receipt: (entry: string) => string;
  /** What is left open, besides the limits of every proof. */
  readonly open: Readonly<Record<"start" | "witnesses" | "revocation" | "gaps" | "truth" | "issuer" | "receipt", string>>;
}

const en: ProvedTexts = {
  heading: "What is proved",
  signedByDevice: (kind, place, entry) => {
    const whose = { bin: "this bin’s own key", tree: "this tree tag’s own key" }[kind] ?? "the device’s own key";
    return `Signed by ${whose}, enrolled by the city as ${place} in log entry ${entry}.`;
  },
  listed: (entry, size) => `Listed in the city’s public log as part of entry ${entry}, when the log had ${size} entries.`,
  isEntry: (entry, size) => `It is entry ${entry} of the city’s public log, which had ${size} entries.`,
  notAfter: (time, names) => `Public no later than ${time}, by the clocks of ${names}.`,
  notBefore: (time, names) => `Made no earlier than ${time}, by the clocks of ${names}.`,
  between: (from, to) => `Made between ${from} and ${to}.`,
  betweenClocks: (before, after) =>
    before === after ? `Both by the clocks of ${before}.` : `The first by the clocks of ${before}, the second by those of ${after}.`,
  clocks: (quorum, count) =>
    quorum === 1
      ? "Nobody else’s clock is believed: the city’s policy takes each of these witnesses to be honest."
      : quorum === count
        ? "Nobody else’s clock is believed: the city’s policy takes at least one of these witnesses to be honest."
        : `Nobody else’s clock is believed: the city’s policy takes at least one of any ${quorum} of these witnesses to be honest.`,
  seenBy: (count, known, quorum) => `Seen by ${count} of ${known} independent witnesses; the city’s policy asks for ${quorum}.`,
  seenAdds: "What this adds: nobody is shown another history, unless so many of them signed that one too.",
  notRevoked: (names, entry, time) => `Not revoked as of log entry ${entry}: the registrar’s list of ${time} does not name ${names}.`,
  revokedLater: (name, entry) => `The key of ${name} was withdrawn later, in log entry ${entry}. What it had signed before stays valid.`,
  replaced: (name, entry) =>
    `The key of ${name} was replaced by a new one in log entry ${entry}. This is one of the last numbers that the old key was allowed, and was still under way.`,
  doubt: (name) => `That nobody else had the key of ${name} by then: it was later reported as lost or compromised, and nobody knows since when.`,
  everyStep: "Every step of the check",
  signedByIssuer: (issuer, entry) => `Signed by the key of ${issuer}, enrolled by the city in log entry ${entry}.`,
  signedByRegistrar: (name) => `Signed by ${name}, a registrar whom the city’s trust policy names.`,
  signedByRoots: "Signed by the root keys that this browser remembers.",
  unchanged: "Not a letter has changed since it was signed.",
  receipt: (entry) => `The city’s log promised in writing that it is entry ${entry}.`,
  open: {
    start: "How early it can have been made: it names no state of the log that witnesses dated before.",
    witnesses: "That everybody is shown the same log: the city has no independent witnesses yet.",
    revocation: "That no key was withdrawn before: the proof carries no list of withdrawn keys that is newer. One that is fetched later may.",
    gaps: "That nothing is missing before or after it: one proof is about one reading.",
    truth: "That what is said is true: only who said it, and since when it has been public.",
    issuer: "Who signed it: the file does not carry that, and the city’s server did not give it.",
    receipt: "That everybody is shown the same log: a receipt is the log’s word alone, without witnesses.",
  },
};

const ko: ProvedTexts = {
  heading: "증명된 것",
  signedByDevice: (kind, place, entry) => {
    const whose = { bin: "이 수거함 자신의 키", tree: "이 나무 태그 자신의 키" }[kind] ?? "장치 자신의 키";
    return `${whose}로 서명되었습니다. 도시는 이 키를 로그 항목 ${entry}에서 ${place}(으)로 등록했습니다.`;
  },
  listed: (entry, size) => `도시의 공개 로그에 항목 ${entry}의 일부로 실려 있습니다(당시 항목 ${size}개).`,
  isEntry: (entry, size) => `도시의 공개 로그의 항목 ${entry}입니다(당시 항목 ${size}개).`,
  notAfter: (time, names) => `늦어도 ${time}에는 공개되어 있었습니다. 근거: ${names}의 시계.`,
  notBefore: (time, names) => `${time}보다 먼저 만들어질 수 없습니다. 근거: ${names}의 시계.`,
  between: (from, to) => `${from}부터 ${to} 사이에 만들어졌습니다.`,
  betweenClocks: (before, after) =>
    before === after ? `둘 다 ${before}의 시계에 따릅니다.` : `앞의 시각은 ${before}, 뒤의 시각은 ${after}의 시계에 따릅니다.`,
  clocks: (quorum, count) =>
    quorum === 1
      ? "다른 시계는 믿지 않습니다. 도시의 정책은 이 증인 하나하나를 정직하다고 봅니다."
      : quorum === count
        ? "다른 시계는 믿지 않습니다. 도시의 정책은 이 증인들 가운데 적어도 하나는 정직하다고 봅니다."
        : `다른 시계는 믿지 않습니다. 도시의 정책은 이 증인들 가운데 어느 ${quorum}곳을 골라도 적어도 하나는 정직하다고 봅니다.`,
  seenBy: (count, known, quorum) => `독립된 증인 ${known}곳 가운데 ${count}곳이 보았습니다. 도시의 정책은 ${quorum}곳을 요구합니다.`,
  seenAdds: "더해 주는 것: 그만큼의 증인이 다른 기록에도 서명하지 않은 한, 누구도 다른 기록을 보지 않습니다.",
  notRevoked: (names, entry, time) => `로그 항목 ${entry} 시점까지 폐지되지 않았습니다. 등록자의 ${time} 목록에 ${names}의 키가 없습니다.`,
  revokedLater: (name, entry) => `${name}의 키는 나중에 로그 항목 ${entry}에서 폐지되었습니다. 그전에 서명한 것은 그대로 유효합니다.`,
  replaced: (name, entry) =>
    `${name}의 키는 로그 항목 ${entry}에서 새 키로 교체되었습니다. 이것은 옛 키에 허용된 마지막 번호들 가운데 하나로, 그때 전송 중이었습니다.`,
  doubt: (name) => `그때 ${name}의 키를 다른 누구도 갖고 있지 않았다는 것: 나중에 분실되었거나 유출되었다고 신고되었고, 언제부터인지는 아무도 모릅니다.`,
  everyStep: "확인의 모든 단계",
  signedByIssuer: (issuer, entry) => `도시가 로그 항목 ${entry}에서 등록한 ${issuer}의 키로 서명되었습니다.`,
  signedByRegistrar: (name) => `도시의 신뢰 정책이 지정한 등록자 ${name}이(가) 서명했습니다.`,
  signedByRoots: "이 브라우저가 기억하는 최상위 키로 서명되었습니다.",
  unchanged: "서명된 뒤로 한 글자도 바뀌지 않았습니다.",
  receipt: (entry) => `도시의 로그가 이것이 항목 ${entry}이라고 서명으로 약속했습니다.`,
  open: {
    start: "얼마나 일찍 만들어졌을 수 있는지: 그전에 증인이 시각을 적은 로그 상태를 가리키지 않습니다.",
    witnesses: "모두가 같은 로그를 본다는 것: 도시에 아직 독립된 증인이 없습니다.",
    revocation: "그전에 폐지된 키가 없다는 것: 증명에 더 새로운 폐지 목록이 없습니다. 나중에 받은 증명에는 있을 수 있습니다.",
    gaps: "앞뒤로 빠진 것이 없다는 것: 증명 하나는 측정값 하나에 대한 것입니다.",
    truth: "말한 내용이 참이라는 것: 누가 말했고 언제부터 공개되었는지만 보여 줍니다.",
    issuer: "누가 서명했는지: 파일에 들어 있지 않고, 도시 서버도 알려 주지 않았습니다.",
    receipt: "모두가 같은 로그를 본다는 것: 영수증은 증인 없는 로그만의 말입니다.",
  },
};

const zh: ProvedTexts = {
  heading: "已证明的内容",
  signedByDevice: (kind, place, entry) => {
    const whose = { bin: "此垃圾箱自己的密钥", tree: "此树牌自己的密钥" }[kind] ?? "设备自己的密钥";
    return `由${whose}签名；城市在日志条目 ${entry} 中将其登记为${place}。`;
  },
  listed: (entry, size) => `列于城市公开日志的条目 ${entry} 中（当时日志有 ${size} 个条目）。`,
  isEntry: (entry, size) => `它是城市公开日志的条目 ${entry}（当时日志有 ${size} 个条目）。`,
  notAfter: (time, names) => `最迟在 ${time} 已公开，以 ${names} 的时钟为准。`,
  notBefore: (time, names) => `产生不早于 ${time}，以 ${names} 的时钟为准。`,
  between: (from, to) => `产生于 ${from} 与 ${to} 之间。`,
  betweenClocks: (before, after) =>
    before === after ? `两者均以 ${before} 的时钟为准。` : `前者以 ${before} 的时钟为准，后者以 ${after} 的时钟为准。`,
  clocks: (quorum, count) =>
    quorum === 1
      ? "不相信其他任何时钟：城市的策略认为其中每一位见证人都是诚实的。"
      : quorum === count
        ? "不相信其他任何时钟：城市的策略认为这些见证人中至少有一位是诚实的。"
        : `不相信其他任何时钟：城市的策略认为这些见证人中任意 ${quorum} 位里至少有一位是诚实的。`,
  seenBy: (count, known, quorum) => `${known} 位独立见证人中有 ${count} 位看到；城市的策略要求 ${quorum} 位。`,
  seenAdds: "其意义：除非同样多的见证人也为另一份历史签名，否则没有人会看到另一份。",
  notRevoked: (names, entry, time) => `截至日志条目 ${entry} 未被撤销：登记员 ${time} 的列表中没有${names}的密钥。`,
  revokedLater: (name, entry) => `${name}的密钥后来在日志条目 ${entry} 中被撤销；此前所签的仍然有效。`,
  replaced: (name, entry) =>
    `${name}的密钥在日志条目 ${entry} 中由新密钥取代；这是旧密钥获准的最后编号之一，当时尚在传送途中。`,
  doubt: (name) => `当时没有其他人持有${name}的密钥：后来它被报告为遗失或泄露，没有人知道从何时起。`,
  everyStep: "核验的每一步",
  signedByIssuer: (issuer, entry) => `由 ${issuer} 的密钥签名；城市在日志条目 ${entry} 中登记了它。`,
  signedByRegistrar: (name) => `由登记员 ${name} 签名，城市的信任策略指定了它。`,
  signedByRoots: "由此浏览器记住的根密钥签名。",
  unchanged: "自签名以来一字未改。",
  receipt: (entry) => `城市的日志签名承诺它是条目 ${entry}。`,
  open: {
    start: "最早可能何时产生：它没有指明此前由见证人注明时间的日志状态。",
    witnesses: "所有人看到同一份日志：本市尚无独立见证人。",
    revocation: "此前没有密钥被撤销：证明不含更新的撤销列表；以后取得的证明可能含有。",
    gaps: "前后没有缺失：一个证明只关于一个读数。",
    truth: "所说属实：只证明是谁所说、何时起已公开。",
    issuer: "由谁签名：文件中没有，城市服务器也未提供。",
    receipt: "所有人看到同一份日志：回执只是日志自己的说法，没有见证人。",
  },
};

export const provedTexts: Dictionary<ProvedTexts> = { en, ko, zh };
