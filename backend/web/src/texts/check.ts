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
  readonly pinFirst: string;
  readonly pinUnkept: string;
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
  /** What no proof shows: heading, and one sentence each. */
  readonly notProved: string;
  readonly limits: Readonly<Record<"sensor" | "place" | "time" | "page", string>>;
  readonly claimedTime: string;
  readonly clockNotSet: string;
  readonly witnessedBy: string;
  readonly notBefore: string;
  readonly logPosition: string;
  readonly key: string;
  readonly close: string;
  readonly verify: string;
  readonly bytes: (count: string) => string;
  readonly differs: string;
}

const en: CheckTexts = {
  heading: "Check it yourself",
  lead: "Your browser fetches the proof and recomputes every step itself. It believes no answer of the server, only the keys in the city's trust policy.",
  checking: "Checking the proof …",
  waiting: "Not yet published",
  waitingHint: "It waits for the next state of the public log. This page keeps asking.",
  verified: "Verified by your browser",
  verifiedShort: "Verified",
  verifiedLead: (number, subject) => `Reading no.\u00a0${number} of ${subject}: nothing in it has changed since it was signed.`,
  failed: "This proof does not hold",
  changed: "The city's trust policy has changed",
  failedAt: (step) => `Failed at: ${step}`,
  unavailable: "The proof could not be fetched",
  notChecked: "Not checked",
  notReached: "Not reached",
  steps: (checked, open) => `${checked} steps held, ${open} not checked`,
  pinFirst: "First visit: this browser now remembers the city's root keys and will warn you if they change.",
  pinUnkept:
    "This browser stores nothing for this page, so the root keys are those that the city sends now, and a later change cannot be noticed.",
  pinKnown: "The root keys are the ones this browser remembers.",
  pinUpdated: "The city has a new trust policy, signed by the root keys that this browser remembers.",
  pinChanged:
    "The policy that this browser remembers does not vouch for the one that it is given: its root keys are others, or it is older or altered. Either the city was set up anew, or somebody stands between you and it.",
  trustNew: "Forget the old policy and trust this one",
  otherFile: "Check another proof file",
  otherFileHint:
    "Of a reading or of anything else in the log: a .proof file, a tlog-proof, or a statement with its receipt. From a friend, an archive, or one you changed yourself to see it fail. The file does not leave this device.",
  chooseFile: "Choose a file",
  fileResult: (name) => `File ${name}`,
  fileElsewhere: (subject) => `This proof is about ${subject}, not about this place.`,
  readingIs: "What the device signed",
  notProved: "What this does not prove",
  limits: {
    sensor: "That the sensor was right: it can be covered, moved, broken or deceived.",
    place: "That the device stands where it is said to: the city's registrar vouches for that, in the log.",
    time: "When it was measured: device and gateway say so, and no independent witness has dated it.",
    page: "That this page is honest: the city serves it. To do without it, check the proof file with the command civicroot verify.",
  },
  claimedTime: "The device says it measured",
  clockNotSet: "The device's clock was not set.",
  witnessedBy: "Seen by witnesses",
  notBefore: "Not made before",
  logPosition: "Place in the log",
  key: "Device key",
  close: "Close",
  verify: "Verify",
  bytes: (count) => `Show the bytes (${count})`,
  differs: "The server showed other values or another time than was signed. Here is what was signed.",
};

const ko: CheckTexts = {
  heading: "직접 확인하기",
  lead: "브라우저가 증명을 받아 모든 단계를 스스로 다시 계산합니다. 서버의 대답은 믿지 않고, 도시의 신뢰 정책에 있는 키만 믿습니다.",
  checking: "증명을 확인하는 중 …",
  waiting: "아직 공개되지 않음",
  waitingHint: "공개 로그의 다음 상태를 기다리고 있습니다. 이 페이지가 계속 물어봅니다.",
  verified: "브라우저가 확인했습니다",
  verifiedShort: "확인됨",
  verifiedLead: (number, subject) => `${subject}의 ${number}번 측정값: 서명된 뒤로 아무것도 바뀌지 않았습니다.`,
  failed: "이 증명은 성립하지 않습니다",
  changed: "도시의 신뢰 정책이 바뀌었습니다",
  failedAt: (step) => `실패한 단계: ${step}`,
  unavailable: "증명을 가져올 수 없습니다",
  notChecked: "확인 안 함",
  notReached: "이르지 못함",
  steps: (checked, open) => `${checked}단계 성립, ${open}단계 확인 안 함`,
  pinFirst: "첫 방문: 이제 이 브라우저가 도시의 최상위 키를 기억하고, 바뀌면 알려 드립니다.",
  pinUnkept: "이 브라우저는 이 페이지를 위해 아무것도 저장하지 않으므로, 최상위 키는 지금 도시가 보내는 것이며 나중에 바뀌어도 알 수 없습니다.",
  pinKnown: "이 브라우저가 기억하는 최상위 키와 같습니다.",
  pinUpdated: "이 브라우저가 기억하는 최상위 키로 서명된 새 신뢰 정책입니다.",
  pinChanged:
    "이 브라우저가 기억하는 정책은 지금 받은 정책을 보증하지 않습니다. 최상위 키가 다르거나, 더 오래되었거나 고쳐진 정책입니다. 도시가 새로 설치되었거나, 누군가 중간에 있습니다.",
  trustNew: "옛 정책을 잊고 이 정책을 신뢰",
  otherFile: "다른 증명 파일 확인",
  otherFileHint:
    "측정값이나 로그의 다른 항목에 대한 것: .proof 파일, tlog-proof, 영수증이 붙은 진술. 친구나 보관소에서 받은 것, 또는 실패를 보려고 직접 고친 것. 파일은 이 기기를 떠나지 않습니다.",
  chooseFile: "파일 선택",
  fileResult: (name) => `파일 ${name}`,
  fileElsewhere: (subject) => `이 증명은 여기가 아니라 ${subject}에 대한 것입니다.`,
  readingIs: "장치가 서명한 값",
  notProved: "이것이 증명하지 않는 것",
  limits: {
    sensor: "센서가 옳았다는 것: 센서는 가려지거나 옮겨지거나 고장 나거나 속을 수 있습니다.",
    place: "장치가 말한 곳에 서 있다는 것: 도시의 등록자가 로그에서 보증할 뿐입니다.",
    time: "언제 측정했는지: 장치와 게이트웨이의 말일 뿐, 시각을 적어 준 독립 증인이 없습니다.",
    page: "이 페이지가 정직하다는 것: 도시가 보내 주는 페이지입니다. 이 페이지 없이 확인하려면 civicroot verify 명령으로 증명 파일을 확인하십시오.",
  },
  claimedTime: "장치가 말하는 측정 시각",
  clockNotSet: "장치의 시계가 맞춰져 있지 않았습니다.",
  witnessedBy: "증인이 본 시각",
  notBefore: "이보다 먼저 만들어지지 않음",
  logPosition: "로그 속 위치",
  key: "장치 키",
  close: "닫기",
  verify: "확인",
  bytes: (count) => `바이트 보기(${count})`,
  differs: "서버가 보인 값이나 시각이 서명된 것과 다릅니다. 여기 있는 것이 서명된 내용입니다.",
};

const zh: CheckTexts = {
  heading: "亲自核验",
  lead: "您的浏览器取得证明并自行重新计算每一步。它不相信服务器的任何回答，只相信城市信任策略中的密钥。",
  checking: "正在核验证明……",
  waiting: "尚未公布",
  waitingHint: "正在等待公开日志的下一个状态，本页会继续询问。",
  verified: "已由您的浏览器核验",
  verifiedShort: "已核验",
  verifiedLead: (number, subject) => `${subject} 的第 ${number} 号读数：自签名以来未被更改。`,
  failed: "此证明不成立",
  changed: "城市的信任策略已改变",
  failedAt: (step) => `失败的步骤：${step}`,
  unavailable: "无法取得证明",
  notChecked: "未核验",
  notReached: "未到达",
  steps: (checked, open) => `${checked} 步成立，${open} 步未核验`,
  pinFirst: "首次访问：此浏览器现已记住城市的根密钥，若有变化会提醒您。",
  pinUnkept: "此浏览器不为本页保存任何内容，因此根密钥就是城市现在发来的那些，以后若有变化也无法察觉。",
  pinKnown: "根密钥与此浏览器记住的一致。",
  pinUpdated: "城市有新的信任策略，由此浏览器记住的根密钥签名。",
  pinChanged:
    "此浏览器记住的策略不为现在收到的策略担保：其根密钥不同，或者它更旧、被改动过。要么城市重新设置过，要么有人介于您与城市之间。",
  trustNew: "忘记旧策略并信任此策略",
  otherFile: "核验其他证明文件",
  otherFileHint:
    "关于读数或日志中其他条目：.proof 文件、tlog-proof 或附有回执的声明。来自朋友、档案，或您为看它失败而自己改动的文件。文件不会离开此设备。",
  chooseFile: "选择文件",
  fileResult: (name) => `文件 ${name}`,
  fileElsewhere: (subject) => `此证明是关于 ${subject} 的，而非此处。`,
  readingIs: "设备签名的内容",
  notProved: "这不能证明什么",
  limits: {
    sensor: "传感器是否正确：它可能被遮挡、移动、损坏或欺骗。",
    place: "设备是否就在所称的地点：由城市的登记员在日志中担保。",
    time: "何时测量：只是设备和网关的说法，没有独立见证人注明时间。",
    page: "本页是否诚实：它由城市提供。若要不依赖本页，请用 civicroot verify 命令核验证明文件。",
  },
  claimedTime: "设备所称的测量时间",
  clockNotSet: "设备的时钟未设置。",
  witnessedBy: "见证人看到的时间",
  notBefore: "不早于",
  logPosition: "日志中的位置",
  key: "设备密钥",
  close: "关闭",
  verify: "核验",
  bytes: (count) => `查看字节（${count}）`,
  differs: "服务器显示的值或时间与签名的不同。此处为签名的内容。",
};

export const checkTexts: Dictionary<CheckTexts> = { en, ko, zh };
