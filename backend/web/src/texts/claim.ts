/** Texts of the page that claims a deposit. */

import type { Dictionary } from "./language.ts";

/** What the page says of a claim; each has a title and a sentence. */
export const CLAIM_STATES = ["offered", "yours", "pending", "taken", "expired", "void", "invalid", "offline", "busy", "unavailable"] as const;
export type ClaimState = (typeof CLAIM_STATES)[number];

export interface ClaimTexts {
  readonly title: string;
  readonly reading: string;
  readonly states: Readonly<Record<ClaimState, readonly [title: string, hint: string]>>;
  readonly at: (place: string) => string;
  readonly until: (when: string) => string;
  readonly signed: string;
  readonly signedHint: string;
  readonly unsigned: string;
  readonly notCheckedHere: string;
  readonly claim: string;
  readonly claiming: string;
  readonly weighed: string;
  readonly claimed: string;
  readonly deposit: string;
  readonly depositLead: string;
  readonly toBin: string;
  readonly scanAgain: string;
  readonly keeper: string;
  /** Of a browser that keeps nothing. */
  readonly forgetful: string;
  readonly reason: (detail: string) => string;
}

const en: ClaimTexts = {
  title: "Your deposit",
  reading: "Reading the code …",
  states: {
    offered: ["Claim your deposit", "Whoever claims it first has it. Nobody can claim it twice."],
    yours: ["It is yours", "The deposit is claimed for this phone, once and for all."],
    pending: ["It is yours", "The bin’s own report is still on its way. It is matched as soon as it is here."],
    taken: ["Somebody else has claimed it", "Every deposit is claimed once. If you were there first, the code was scanned by another phone."],
    expired: ["This code is too old", "A deposit can be claimed for a few minutes, while the bin shows its code."],
    void: ["There is no such deposit", "The bin’s own report of this number is no deposit, so nothing was claimed."],
    invalid: ["This is no valid code", "No bin of this city signed it. Perhaps it was not read well: scan it once more."],
    offline: ["Kept on this phone", "There is no connection. The claim is sent as soon as there is one; you may close this page and open it again."],
    busy: ["Please wait a little", "Too many claims were refused from here just now. This one is tried again."],
    unavailable: ["The city’s server does not answer", "Nothing is lost. The claim is kept on this phone and tried again."],
  },
  at: (place) => `At ${place}`,
  until: (when) => `To be claimed by ${when}`,
  signed: "Signed by this bin’s own key",
  signedHint: "Your browser has checked the code against the key that the city enrolled for this bin.",
  unsigned: "Your browser has checked the code: this bin did not sign it.",
  notCheckedHere: "The city checks the code when you claim it.",
  claim: "Claim it",
  claiming: "Claiming …",
  weighed: "Weighed by the bin",
  claimed: "Claimed",
  deposit: "The deposit’s own proof",
  depositLead: "The record that the bin signed when its lid closed, checked in your browser.",
  toBin: "To the bin’s page",
  scanAgain: "Scan a code",
  keeper: "The claim belongs to a key that was made in this browser and never leaves it. If you delete this site’s data, nobody can show any more that it is yours.",
  forgetful: "This browser keeps nothing for this site. Once you close the page, nobody can show any more that the claim is yours.",
  reason: (detail) => `The city says: ${detail}`,
};

const ko: ClaimTexts = {
  title: "내가 넣은 것",
  reading: "코드를 읽는 중 …",
  states: {
    offered: ["넣은 것을 내 것으로 하기", "먼저 신청한 사람의 것이 됩니다. 두 번 신청할 수는 없습니다."],
    yours: ["내 것이 되었습니다", "이 휴대폰의 것으로 단 한 번 확정되었습니다."],
    pending: ["내 것이 되었습니다", "수거함의 보고가 아직 오는 중입니다. 도착하는 대로 맞춰집니다."],
    taken: ["다른 사람이 이미 신청했습니다", "넣은 것마다 한 번만 신청할 수 있습니다. 먼저 있었다면 다른 휴대폰이 코드를 스캔한 것입니다."],
    expired: ["너무 오래된 코드입니다", "수거함이 코드를 보여 주는 몇 분 동안만 신청할 수 있습니다."],
    void: ["그런 투입이 없습니다", "이 번호에 대한 수거함의 보고는 투입이 아니어서 아무것도 신청되지 않았습니다."],
    invalid: ["올바른 코드가 아닙니다", "이 도시의 수거함이 서명하지 않았습니다. 잘못 읽혔을 수 있으니 다시 스캔해 주십시오."],
    offline: ["이 휴대폰에 저장했습니다", "연결되지 않았습니다. 연결되는 대로 신청을 보냅니다. 이 페이지를 닫았다가 다시 열어도 됩니다."],
    busy: ["잠시 기다려 주십시오", "방금 여기서 거절된 신청이 너무 많았습니다. 이 신청은 다시 시도합니다."],
    unavailable: ["도시 서버가 응답하지 않습니다", "잃어버린 것은 없습니다. 신청은 이 휴대폰에 저장되어 다시 시도합니다."],
  },
  at: (place) => `장소: ${place}`,
  until: (when) => `${when}까지 신청 가능`,
  signed: "이 수거함 자신의 키로 서명됨",
  signedHint: "도시가 이 수거함에 등록한 키로 브라우저가 코드를 확인했습니다.",
  unsigned: "브라우저가 코드를 확인했습니다. 이 수거함이 서명한 것이 아닙니다.",
  notCheckedHere: "신청하면 도시가 코드를 확인합니다.",
  claim: "신청하기",
  claiming: "신청하는 중 …",
  weighed: "수거함이 잰 무게",
  claimed: "신청한 때",
  deposit: "투입 기록의 증명",
  depositLead: "뚜껑이 닫힐 때 수거함이 서명한 기록을 브라우저가 확인했습니다.",
  toBin: "수거함 페이지로",
  scanAgain: "코드 스캔",
  keeper: "신청은 이 브라우저에서 만들어져 밖으로 나가지 않는 키에 속합니다. 이 사이트의 데이터를 지우면 내 것임을 더는 보일 수 없습니다.",
  forgetful: "이 브라우저는 이 사이트의 것을 저장하지 않습니다. 페이지를 닫으면 신청이 내 것임을 더는 보일 수 없습니다.",
  reason: (detail) => `도시의 답: ${detail}`,
};

const zh: ClaimTexts = {
  title: "您的投放",
  reading: "正在读取二维码……",
  states: {
    offered: ["认领您的投放", "先认领者得，不能重复认领。"],
    yours: ["归您所有", "此次投放已由这部手机认领，仅此一次。"],
    pending: ["归您所有", "垃圾箱自己的报告还在路上，到达后即会匹配。"],
    taken: ["已被他人认领", "每次投放只能认领一次。如果您先到，则是另一部手机扫了此码。"],
    expired: ["此码已过期", "只能在垃圾箱显示二维码的几分钟内认领。"],
    void: ["没有这次投放", "垃圾箱对此编号的报告不是投放，因此没有认领任何内容。"],
    invalid: ["此码无效", "它不是本市垃圾箱签名的。也许没有读清，请再扫一次。"],
    offline: ["已保存在此手机", "没有连接。一有连接就会发送认领；您可以关闭此页面，稍后再打开。"],
    busy: ["请稍候", "刚才从这里发出的认领被拒绝过多。此认领会再次尝试。"],
    unavailable: ["城市服务器没有响应", "什么都没有丢失。认领已保存在此手机，会再次尝试。"],
  },
  at: (place) => `地点：${place}`,
  until: (when) => `认领截止：${when}`,
  signed: "由此垃圾箱自己的密钥签名",
  signedHint: "您的浏览器已用城市为此垃圾箱登记的密钥核验此码。",
  unsigned: "您的浏览器已核验此码：不是此垃圾箱签名的。",
  notCheckedHere: "认领时由城市核验此码。",
  claim: "认领",
  claiming: "正在认领……",
  weighed: "垃圾箱称得",
  claimed: "认领时间",
  deposit: "投放记录的证明",
  depositLead: "箱盖关上时垃圾箱签名的记录，已在您的浏览器中核验。",
  toBin: "前往垃圾箱页面",
  scanAgain: "扫码",
  keeper: "认领归属于在此浏览器中生成、从不离开它的密钥。如果您删除本网站的数据，就再也无法证明它归您所有。",
  forgetful: "此浏览器不为本网站保存任何内容。关闭页面后，就再也无法证明认领归您所有。",
  reason: (detail) => `城市的答复：${detail}`,
};

export const claimTexts: Dictionary<ClaimTexts> = { en, ko, zh };
