/** Texts of the page "Does the promise hold?". */

import type { Dictionary } from "./language.ts";

export type Verdict = "holds" | "broken" | "unknown";

/** A number, and the same as it is written. */
type Counted = (number: number, written: string) => string;

export interface PromiseTexts {
  readonly title: string;
  readonly lead: string;
  readonly answers: Readonly<Record<Verdict, string>>;
  readonly verdicts: Readonly<Record<Verdict, string>>;
  readonly allHolds: string;
  readonly broken: (lines: string) => string;
  readonly unknown: (lines: string) => string;
  readonly asOf: (when: string) => string;
  readonly stale: (when: string) => string;
  readonly staleHint: string;
  readonly itself: string;
  readonly proof: string;
  readonly entry: (index: string) => string;
  readonly checkpoint: string;
  readonly never: string;
  readonly covers: Counted;
  readonly witnesses: string;
  readonly ratio: (some: string, all: string) => string;
  readonly noWitnesses: string;
  readonly asks: (needed: string) => string;
  readonly waitsForWitnesses: (size: string) => string;
  readonly anchors: string;
  readonly noAnchors: string;
  readonly confirmed: string;
  readonly anchored: (size: string, when: string) => string;
  readonly unanchored: string;
  readonly pending: (when: string) => string;
  readonly trouble: string;
  readonly audit: string;
  readonly nobody: string;
  readonly nobodyHint: string;
  readonly noReport: string;
  readonly noReportHint: string;
  readonly nothingFound: (size: string) => string;
  readonly found: Counted;
  readonly notices: Counted;
  readonly otherLog: string;
  readonly notDone: string;
  readonly waiting: string;
  readonly devices: string;
  readonly gateways: string;
  readonly backend: string;
  readonly unknownNumber: string;
  readonly noneOverdue: string;
  readonly devicesInTime: Counted;
  readonly noDevices: string;
  readonly silent: Counted;
  readonly neverReported: Counted;
  readonly behind: Counted;
  readonly readings: Counted;
  readonly atLeast: (number: string) => string;
  readonly gatewaysSay: Counted;
  readonly unsaid: Counted;
  readonly noGateways: string;
  readonly unheard: string;
  readonly more: Counted;
  readonly published: string;
  readonly unpublished: (number: number, written: string, when: string) => string;
  readonly refused: string;
  readonly noneRefused: string;
  readonly recently: Counted;
  readonly inAll: (number: string) => string;
  /** By the reason's name in the specification; others are shown as they are. */
  readonly reasons: Readonly<Record<string, string>>;
}

const en: PromiseTexts = {
  title: "Does the promise hold?",
  lead: "The city promises that no reading is changed, hidden or invented. These are the things that would show it if it were not so.",
  answers: { holds: "The promise holds", broken: "Something does not hold", unknown: "Not everything can be known" },
  verdicts: { holds: "holds", broken: "does not hold", unknown: "not known" },
  allHolds: "All of it was looked at, and all of it holds.",
  broken: (lines) => `Somebody should look at: ${lines}.`,
  unknown: (lines) => `Nobody can tell: ${lines}.`,
  asOf: (when) => `As of ${when}.`,
  stale: (when) => `The server does not answer. This is what it said ${when}.`,
  staleHint: "Whether the promise holds now is not known.",
  itself: "The city’s server says all this of itself. Every line leads to its proof, which your own computer can check; an auditor elsewhere needs no word of it.",
  proof: "Proof",
  entry: (index) => `Entry ${index}`,
  checkpoint: "Newest checkpoint",
  never: "none yet",
  covers: (number, written) => (number === 1 ? "It covers 1 entry of the log." : `It covers ${written} entries of the log.`),
  witnesses: "Witnesses",
  ratio: (some, all) => `${some} of ${all}`,
  noWitnesses: "No independent witness yet: that everybody is shown the same log is the city’s word alone.",
  asks: (needed) => `have cosigned it; the city’s policy asks for ${needed}.`,
  waitsForWitnesses: (size) => `A newer state, of ${size} entries, waits for enough of them.`,
  anchors: "Anchors outside the city",
  noAnchors: "Nothing outside the city dates the log yet.",
  confirmed: "have the log, and date it by their own clocks.",
  anchored: (size, when) => `${size} entries, ${when}`,
  unanchored: "Nothing is anchored there yet.",
  pending: (when) => `the next is under way since ${when}`,
  trouble: "It does not get on:",
  audit: "Last audit",
  nobody: "Nobody",
  nobodyHint: "Nobody audits this city here. Anybody can, from elsewhere, with the command civicroot audit.",
  noReport: "No report",
  noReportHint: "The auditor’s report cannot be read.",
  nothingFound: (size) => `Read all ${size} entries and found nothing wrong.`,
  found: (number, written) => (number === 1 ? "1 finding calls for somebody." : `${written} findings call for somebody.`),
  notices: (number, written) => (number === 1 ? "1 notice besides." : `${written} notices besides.`),
  otherLog: "The auditor was shown another log than this server has signed.",
  notDone: "The audit could not be finished.",
  waiting: "Readings on their way",
  devices: "In devices",
  gateways: "In gateways",
  backend: "In the backend",
  unknownNumber: "not known",
  noneOverdue: "none overdue",
  devicesInTime: (number, written) => (number === 1 ? "The one device reports in time." : `All ${written} devices report in time.`),
  noDevices: "No device is enrolled yet.",
  silent: (number, written) => (number === 1 ? "1 device is overdue." : `${written} devices are overdue.`),
  neverReported: (number, written) => (number === 1 ? "1 has never reported." : `${written} have never reported.`),
  behind: (number, written) =>
    number === 1 ? "1 is behind a gateway through which nothing comes." : `${written} are behind gateways through which nothing comes.`,
  readings: (number, written) => (number === 1 ? "1 reading" : `${written} readings`),
  atLeast: (number) => `at least ${number}`,
  gatewaysSay: (number, written) => (number === 1 ? "So says the one gateway." : `So say all ${written} gateways.`),
  unsaid: (number, written) => (number === 1 ? "Of 1 gateway nobody knows." : `Of ${written} gateways nobody knows.`),
  noGateways: "No gateway is enrolled yet.",
  unheard: "It has said nothing since the server’s start.",
  more: (_, written) => `and ${written} more`,
  published: "Everything that came in is published.",
  unpublished: (number, written, when) =>
    number === 1 ? `1 log entry waits to be published, since ${when}.` : `${written} log entries wait to be published, the oldest since ${when}.`,
  refused: "Refused records",
  noneRefused: "No record was ever refused.",
  recently: (number) => (number === 1 ? "record in the last 24 hours" : "records in the last 24 hours"),
  inAll: (number) => `${number} in all`,
  reasons: {
    "unknown-key-id": "from a key that nobody enrolled",
    "bad-signature": "with a signature that is wrong",
    revoked: "from a key that was withdrawn",
    equivocation: "another content under a number that was used",
    "skipped-seq": "with a number that the device said it skipped",
    "wrong-role": "from a key that is not a device’s",
    "wrong-realm": "meant for another city",
    "wrong-topic": "under another device’s name",
    malformed: "that cannot be read",
    truncated: "cut off on the way",
  },
};

const ko: PromiseTexts = {
  title: "약속은 지켜지고 있는가?",
  lead: "도시는 어떤 측정값도 바꾸거나 숨기거나 지어내지 않겠다고 약속합니다. 그렇지 않다면 아래에서 드러납니다.",
  answers: { holds: "약속이 지켜지고 있습니다", broken: "지켜지지 않는 것이 있습니다", unknown: "다 알 수는 없습니다" },
  verdicts: { holds: "지켜짐", broken: "지켜지지 않음", unknown: "알 수 없음" },
  allHolds: "모두 살펴보았고, 모두 지켜지고 있습니다.",
  broken: (lines) => `누군가 살펴야 할 것: ${lines}.`,
  unknown: (lines) => `아무도 알 수 없는 것: ${lines}.`,
  asOf: (when) => `${when} 기준.`,
  stale: (when) => `서버가 응답하지 않습니다. ${when}에 한 말입니다.`,
  staleHint: "지금 약속이 지켜지는지는 알 수 없습니다.",
  itself: "모두 도시 서버가 스스로 하는 말입니다. 줄마다 증명으로 이어지며 여러분의 컴퓨터로 확인할 수 있습니다. 밖의 감사자는 이 말이 필요하지 않습니다.",
  proof: "증명",
  entry: (index) => `항목 ${index}`,
  checkpoint: "최신 체크포인트",
  never: "아직 없음",
  covers: (_, written) => `로그의 항목 ${written}개를 담고 있습니다.`,
  witnesses: "증인",
  ratio: (some, all) => `${all}곳 중 ${some}곳`,
  noWitnesses: "아직 독립된 증인이 없습니다. 모두가 같은 로그를 본다는 것은 도시의 말일 뿐입니다.",
  asks: (needed) => `공동 서명했습니다. 도시의 정책은 ${needed}곳을 요구합니다.`,
  waitsForWitnesses: (size) => `항목 ${size}개인 더 새로운 상태가 증인을 기다리고 있습니다.`,
  anchors: "도시 밖의 고정",
  noAnchors: "아직 도시 밖에서 로그의 시각을 적는 곳이 없습니다.",
  confirmed: "로그를 받아 자기 시계로 시각을 적었습니다.",
  anchored: (size, when) => `항목 ${size}개, ${when}`,
  unanchored: "아직 고정한 것이 없습니다.",
  pending: (when) => `다음 것은 ${when}부터 진행 중`,
  trouble: "진행되지 않음:",
  audit: "마지막 감사",
  nobody: "아무도 없음",
  nobodyHint: "여기서는 아무도 이 도시를 감사하지 않습니다. 누구나 밖에서 civicroot audit 명령으로 할 수 있습니다.",
  noReport: "보고서 없음",
  noReportHint: "감사 보고서를 읽을 수 없습니다.",
  nothingFound: (size) => `항목 ${size}개를 모두 읽었고 잘못된 것을 찾지 못했습니다.`,
  found: (_, written) => `조치가 필요한 발견 ${written}건.`,
  notices: (_, written) => `그 밖의 알림 ${written}건.`,
  otherLog: "감사자는 이 서버가 서명한 것과 다른 로그를 보았습니다.",
  notDone: "감사를 끝내지 못했습니다.",
  waiting: "오는 중인 측정값",
  devices: "장치 안",
  gateways: "게이트웨이 안",
  backend: "백엔드 안",
  unknownNumber: "알 수 없음",
  noneOverdue: "늦은 것 없음",
  devicesInTime: (_, written) => `장치 ${written}대가 모두 제때 보고합니다.`,
  noDevices: "아직 등록된 장치가 없습니다.",
  silent: (_, written) => `장치 ${written}대의 보고가 늦었습니다.`,
  neverReported: (_, written) => `${written}대는 보고한 적이 없습니다.`,
  behind: (_, written) => `${written}대는 아무것도 오지 않는 게이트웨이 뒤에 있습니다.`,
  readings: (_, written) => `측정값 ${written}개`,
  atLeast: (number) => `적어도 ${number}`,
  gatewaysSay: (_, written) => `게이트웨이 ${written}대가 모두 그렇게 말합니다.`,
  unsaid: (_, written) => `게이트웨이 ${written}대에 대해서는 아무도 모릅니다.`,
  noGateways: "아직 등록된 게이트웨이가 없습니다.",
  unheard: "서버가 시작된 뒤로 아무 말이 없습니다.",
  more: (_, written) => `외 ${written}대`,
  published: "들어온 것은 모두 공개되었습니다.",
  unpublished: (_, written, when) => `로그 항목 ${written}개가 공개를 기다리며, 가장 오래된 것은 ${when}부터입니다.`,
  refused: "거부된 기록",
  noneRefused: "거부된 기록이 한 번도 없습니다.",
  recently: () => "건, 지난 24시간",
  inAll: (number) => `모두 ${number}건`,
  reasons: {
    "unknown-key-id": "등록되지 않은 키의 기록",
    "bad-signature": "서명이 틀린 기록",
    revoked: "폐지된 키의 기록",
    equivocation: "이미 쓴 번호에 다른 내용",
    "skipped-seq": "장치가 건너뛰었다고 한 번호",
    "wrong-role": "장치의 것이 아닌 키의 기록",
    "wrong-realm": "다른 도시로 보낸 기록",
    "wrong-topic": "다른 장치의 이름으로 온 기록",
    malformed: "읽을 수 없는 기록",
    truncated: "오는 길에 잘린 기록",
  },
};

const zh: PromiseTexts = {
  title: "承诺是否兑现？",
  lead: "城市承诺：没有读数被更改、隐瞒或捏造。如果并非如此，下面各项会显示出来。",
  answers: { holds: "承诺已兑现", broken: "有一项没有兑现", unknown: "并非一切都能得知" },
  verdicts: { holds: "成立", broken: "不成立", unknown: "未知" },
  allHolds: "全部都已查看，全部成立。",
  broken: (lines) => `应当有人查看：${lines}。`,
  unknown: (lines) => `无人能够得知：${lines}。`,
  asOf: (when) => `截至${when}。`,
  stale: (when) => `服务器没有响应。这是它在${when}说的。`,
  staleHint: "现在承诺是否兑现，尚不得知。",
  itself: "以上都是城市服务器对自己的说法。每一项都通向其证明，可用您自己的电脑核验；别处的审计者不需要它的任何说法。",
  proof: "证明",
  entry: (index) => `条目 ${index}`,
  checkpoint: "最新检查点",
  never: "尚无",
  covers: (_, written) => `涵盖日志的 ${written} 个条目。`,
  witnesses: "见证人",
  ratio: (some, all) => `${all} 位中的 ${some} 位`,
  noWitnesses: "尚无独立见证人：所有人看到同一份日志，只是城市自己的说法。",
  asks: (needed) => `已共同签名；城市的策略要求 ${needed} 位。`,
  waitsForWitnesses: (size) => `更新的状态（${size} 个条目）正在等待足够的见证人。`,
  anchors: "城市之外的锚定",
  noAnchors: "城市之外尚无任何一处为日志注明时间。",
  confirmed: "已收到日志，并按自己的时钟注明时间。",
  anchored: (size, when) => `${size} 个条目，${when}`,
  unanchored: "那里尚未锚定任何内容。",
  pending: (when) => `下一次自${when}起进行中`,
  trouble: "无法继续：",
  audit: "最近一次审计",
  nobody: "无人",
  nobodyHint: "这里没有人审计这座城市。任何人都可以在别处用 civicroot audit 命令审计。",
  noReport: "没有报告",
  noReportHint: "无法读取审计者的报告。",
  nothingFound: (size) => `已读取全部 ${size} 个条目，没有发现问题。`,
  found: (_, written) => `${written} 项发现需要有人处理。`,
  notices: (_, written) => `另有 ${written} 项提示。`,
  otherLog: "审计者看到的日志与此服务器签名的不同。",
  notDone: "审计未能完成。",
  waiting: "在途的读数",
  devices: "在设备中",
  gateways: "在网关中",
  backend: "在后端中",
  unknownNumber: "未知",
  noneOverdue: "无逾期",
  devicesInTime: (_, written) => `全部 ${written} 台设备都按时报告。`,
  noDevices: "尚未登记任何设备。",
  silent: (_, written) => `${written} 台设备逾期未报。`,
  neverReported: (_, written) => `${written} 台从未报告。`,
  behind: (_, written) => `${written} 台在没有任何数据通过的网关之后。`,
  readings: (_, written) => `${written} 个读数`,
  atLeast: (number) => `至少 ${number}`,
  gatewaysSay: (_, written) => `全部 ${written} 个网关都这样说。`,
  unsaid: (_, written) => `其中 ${written} 个网关的情况无人知道。`,
  noGateways: "尚未登记任何网关。",
  unheard: "自服务器启动以来没有任何消息。",
  more: (_, written) => `另有 ${written} 个`,
  published: "收到的一切都已公布。",
  unpublished: (_, written, when) => `${written} 个日志条目等待公布，最早的始于${when}。`,
  refused: "被拒绝的记录",
  noneRefused: "从未拒绝过任何记录。",
  recently: () => "条，最近 24 小时",
  inAll: (number) => `共 ${number} 条`,
  reasons: {
    "unknown-key-id": "来自无人登记的密钥",
    "bad-signature": "签名有误",
    revoked: "来自已撤销的密钥",
    equivocation: "已用编号下的不同内容",
    "skipped-seq": "设备说过已跳过的编号",
    "wrong-role": "来自并非设备的密钥",
    "wrong-realm": "发给另一座城市",
    "wrong-topic": "使用另一台设备的名称",
    malformed: "无法读取",
    truncated: "途中被截断",
  },
};

export const promiseTexts: Dictionary<PromiseTexts> = { en, ko, zh };
