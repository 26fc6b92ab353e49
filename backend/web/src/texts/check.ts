/** Texts of the verdict panel. */

import type { Dictionary } from "./language.ts";

export interface CheckTexts {
  readonly heading: string;
  readonly lead: string;
  readonly checking: string;
  readonly waiting: string;
  readonly waitingHint: string;
  readonly verified: string;
  readonly verifiedShort: string;
  readonly verifiedLead: (number: string, subject: string) => string;
  readonly failed: string;
  readonly changed: string;
  readonly failedAt: (step: string) => string;
  readonly unavailable: string;
  readonly notChecked: string;
  readonly notReached: string;
  readonly steps: (checked: number, open: number) => string;
  readonly showSteps: string;
  readonly reason: string;
  readonly pinFirst: string;
  readonly pinKnown: string;
  readonly pinUpdated: string;
  readonly pinChanged: string;
  readonly trustNew: string;
  readonly otherFile: string;
  readonly otherFileHint: string;
  readonly chooseFile: string;
  readonly fileResult: (name: string) => string;
  readonly fileElsewhere: (subject: string) => string;
  readonly readingIs: string;
  readonly claimedTime: string;
  readonly clockNotSet: string;
  readonly witnessedBy: string;
  readonly notBefore: string;
  readonly logPosition: string;
  readonly key: string;
  readonly close: string;
  readonly verify: string;
  readonly differs: string;
}

const en: CheckTexts = {
  heading: "Check it yourself",
  lead: "Your browser fetches the proof and does every step itself. It takes nobody's word for it, not the city's either.",
  checking: "Checking the proof …",
  waiting: "Not yet published",
  waitingHint: "The reading waits for the next state of the public log. This page keeps asking.",
  verified: "Verified by your browser",
  verifiedShort: "Verified",
  verifiedLead: (number, subject) => `Reading no. ${number} really came from ${subject} and is unchanged.`,
  failed: "This proof does not hold",
  changed: "The city's keys have changed",
  failedAt: (step) => `Failed at: ${step}`,
  unavailable: "The proof could not be fetched",
  notChecked: "Not checked",
  notReached: "Not reached",
  steps: (checked, open) => `${checked} steps held, ${open} not checked`,
  showSteps: "Every step",
  reason: "Reason",
  pinFirst: "First visit: this browser now remembers the city's root keys and will warn you if they change.",
  pinKnown: "The root keys are the ones this browser remembers.",
  pinUpdated: "The city has a new trust policy, signed by the root keys that this browser remembers.",
  pinChanged:
    "The city's root keys are not the ones this browser remembers. Either the city was set up anew, or somebody stands between you and it.",
  trustNew: "Forget the old keys and trust the new ones",
  otherFile: "Check another proof file",
  otherFileHint: "From a friend, an archive, or one you changed yourself to see it fail. The file does not leave this device.",
  chooseFile: "Choose a file",
  fileResult: (name) => `File ${name}`,
  fileElsewhere: (subject) => `This proof is about ${subject}, not about this place.`,
  readingIs: "What the device signed",
  claimedTime: "The device says it measured",
  clockNotSet: "The device's clock was not set.",
  witnessedBy: "Seen by witnesses",
  notBefore: "Not made before",
  logPosition: "Place in the log",
  key: "Device key",
  close: "Close",
  verify: "Verify",
  differs: "The server showed other values than the device signed. These here are the signed ones.",
};

const ko: CheckTexts = {
  heading: "직접 확인하기",
  lead: "브라우저가 증명을 받아 모든 단계를 스스로 계산합니다. 누구의 말도, 도시의 말도 그대로 믿지 않습니다.",
  checking: "증명을 확인하는 중 …",
  waiting: "아직 공개되지 않음",
  waitingHint: "측정값이 공개 로그의 다음 상태를 기다리고 있습니다. 이 페이지가 계속 물어봅니다.",
  verified: "브라우저가 확인했습니다",
  verifiedShort: "확인됨",
  verifiedLead: (number, subject) => `${number}번 측정값은 정말 ${subject}에서 왔고 바뀌지 않았습니다.`,
  failed: "이 증명은 성립하지 않습니다",
  changed: "도시의 키가 바뀌었습니다",
  failedAt: (step) => `실패한 단계: ${step}`,
  unavailable: "증명을 가져올 수 없습니다",
  notChecked: "확인 안 함",
  notReached: "이르지 못함",
  steps: (checked, open) => `${checked}단계 성립, ${open}단계 확인 안 함`,
  showSteps: "모든 단계",
  reason: "이유",
  pinFirst: "첫 방문: 이제 이 브라우저가 도시의 최상위 키를 기억하고, 바뀌면 알려 드립니다.",
  pinKnown: "이 브라우저가 기억하는 최상위 키와 같습니다.",
  pinUpdated: "이 브라우저가 기억하는 최상위 키로 서명된 새 신뢰 정책입니다.",
  pinChanged: "도시의 최상위 키가 이 브라우저가 기억하는 것과 다릅니다. 도시가 새로 설치되었거나, 누군가 중간에 있습니다.",
  trustNew: "옛 키를 잊고 새 키를 신뢰",
  otherFile: "다른 증명 파일 확인",
  otherFileHint: "친구나 보관소에서 받은 것, 또는 실패를 보려고 직접 고친 것. 파일은 이 기기를 떠나지 않습니다.",
  chooseFile: "파일 선택",
  fileResult: (name) => `파일 ${name}`,
  fileElsewhere: (subject) => `이 증명은 여기가 아니라 ${subject}에 대한 것입니다.`,
  readingIs: "장치가 서명한 값",
  claimedTime: "장치가 말하는 측정 시각",
  clockNotSet: "장치의 시계가 맞춰져 있지 않았습니다.",
  witnessedBy: "증인이 본 시각",
  notBefore: "이보다 먼저 만들어지지 않음",
  logPosition: "로그 속 위치",
  key: "장치 키",
  close: "닫기",
  verify: "확인",
  differs: "서버가 보인 값이 장치가 서명한 값과 다릅니다. 여기 있는 것이 서명된 값입니다.",
};

const zh: CheckTexts = {
  heading: "亲自核验",
  lead: "您的浏览器取得证明并自行完成每一步，不轻信任何人，包括城市本身。",
  checking: "正在核验证明……",
  waiting: "尚未公布",
  waitingHint: "读数正在等待公开日志的下一个状态，本页会继续询问。",
  verified: "已由您的浏览器核验",
  verifiedShort: "已核验",
  verifiedLead: (number, subject) => `第 ${number} 号读数确实来自 ${subject}，且未被更改。`,
  failed: "此证明不成立",
  changed: "城市的密钥已改变",
  failedAt: (step) => `失败的步骤：${step}`,
  unavailable: "无法取得证明",
  notChecked: "未核验",
  notReached: "未到达",
  steps: (checked, open) => `${checked} 步成立，${open} 步未核验`,
  showSteps: "全部步骤",
  reason: "原因",
  pinFirst: "首次访问：此浏览器现已记住城市的根密钥，若有变化会提醒您。",
  pinKnown: "根密钥与此浏览器记住的一致。",
  pinUpdated: "城市有新的信任策略，由此浏览器记住的根密钥签名。",
  pinChanged: "城市的根密钥与此浏览器记住的不同：要么城市重新设置过，要么有人介于您与城市之间。",
  trustNew: "忘记旧密钥并信任新密钥",
  otherFile: "核验其他证明文件",
  otherFileHint: "来自朋友、档案，或您为看它失败而自己改动的文件。文件不会离开此设备。",
  chooseFile: "选择文件",
  fileResult: (name) => `文件 ${name}`,
  fileElsewhere: (subject) => `此证明是关于 ${subject} 的，而非此处。`,
  readingIs: "设备签名的内容",
  claimedTime: "设备所称的测量时间",
  clockNotSet: "设备的时钟未设置。",
  witnessedBy: "见证人看到的时间",
  notBefore: "不早于",
  logPosition: "日志中的位置",
  key: "设备密钥",
  close: "关闭",
  verify: "核验",
  differs: "服务器显示的值与设备签名的不同。此处为签名的值。",
};

export const checkTexts: Dictionary<CheckTexts> = { en, ko, zh };
