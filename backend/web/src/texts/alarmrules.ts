/** Texts of the staff's page of alarms. */

import type { Kind, Message, Severity, Target, Trial } from "../pages/alarms/types.ts";
import type { Dictionary } from "./language.ts";

type Said = (text: string) => string;

export interface AlarmRuleTexts {
  readonly title: string;
  readonly lead: string;
  readonly parts: string;
  readonly openAlarms: string;
  readonly rules: string;
  readonly targets: string;
  readonly calm: string;
  readonly stale: string;
  readonly newest: Said;
  readonly unruled: string;
  readonly unruledLead: string;
  readonly silentAll: Said;
  readonly over: string;
  readonly noneOver: string;
  readonly more: string;
  readonly severities: Readonly<Record<Severity, string>>;
  readonly seenBy: (name: string, when: string) => string;
  readonly acknowledge: string;
  readonly note: string;
  readonly noteHint: string;
  readonly cancel: string;
  readonly since: Said;
  readonly cleared: Readonly<Record<string, Said>>;
  readonly quietUntil: Said;
  readonly proof: string;
  readonly clearedProof: string;
  readonly days: Said;
  readonly hours: Said;
  readonly minutes: Said;
  readonly seconds: Said;
  readonly above: (name: string, begin: string, end: string) => string;
  readonly below: (name: string, begin: string, end: string) => string;
  readonly risen: (name: string, change: string, within: string) => string;
  readonly fallen: (name: string, change: string, within: string) => string;
  readonly flagged: Said;
  readonly flags: Readonly<Record<string, string>>;
  readonly lostLeast: Said;
  readonly checkpointOld: Said;
  readonly anchorOld: Said;
  readonly gatewayOf: Said;
  readonly gatewayAny: string;
  readonly refusedLeast: (number: string, within: string, reasons: string) => string;
  readonly refusals: Readonly<Record<string, string>>;
  readonly sentences: Readonly<Record<"silence" | "equivocation" | "quorum", string>>;
  readonly lasting: (said: string, time: string) => string;
  readonly everything: string;
  readonly bins: string;
  readonly trees: string;
  readonly tells: Said;
  readonly tellsNobody: string;
  readonly quietFor: Said;
  readonly off: string;
  readonly edit: string;
  readonly remove: string;
  readonly sure: string;
  readonly noRules: string;
  readonly newRule: string;
  readonly name: string;
  readonly kind: string;
  readonly kinds: Readonly<Record<Kind, string>>;
  readonly scope: string;
  readonly subject: string;
  readonly subjectHint: string;
  readonly gatewayHint: string;
  readonly forMinutes: string;
  readonly forHint: string;
  readonly quietMinutes: string;
  readonly quietHint: string;
  readonly severity: string;
  readonly whom: string;
  readonly noTargets: string;
  readonly enabled: string;
  readonly changeEnds: string;
  readonly save: string;
  readonly measurement: string;
  readonly side: string;
  readonly sides: Readonly<Record<"above" | "below", string>>;
  readonly begin: string;
  readonly beginHint: string;
  readonly end: string;
  readonly endHint: string;
  readonly direction: string;
  readonly directions: Readonly<Record<"up" | "down", string>>;
  readonly change: string;
  readonly windowMinutes: string;
  readonly whichFlags: string;
  readonly least: string;
  readonly lostHint: string;
  readonly refusedCount: string;
  readonly refusedHint: string;
  readonly whichRefusals: string;
  readonly ageMinutes: string;
  readonly tryTitle: string;
  readonly tryLead: string;
  readonly range: string;
  readonly lastDay: string;
  readonly lastDays: Said;
  readonly tryIt: string;
  readonly trying: string;
  readonly triedOther: string;
  readonly neverRang: string;
  readonly rang: (number: number, times: string, told: string) => string;
  readonly together: Said;
  readonly lookedAt: (readings: string, devices: string) => string;
  readonly pruned: Said;
  readonly cuts: Readonly<Record<Exclude<Trial["cut"], "">, string>>;
  readonly earliest: Said;
  readonly wouldTell: string;
  readonly wouldNotTell: string;
  readonly stillSo: string;
  readonly lasted: Said;
  readonly targetsLead: string;
  readonly ways: Readonly<Record<Target["kind"], string>>;
  readonly events: Readonly<Record<Message["event"], string>>;
  readonly states: Readonly<Record<Message["state"], string>>;
  readonly attempts: Said;
  readonly again: Said;
  readonly messages: string;
  readonly noMessages: string;
  readonly test: string;
  readonly newTarget: string;
  readonly noMails: string;
  readonly way: string;
  readonly spoken: string;
  readonly address: string;
  readonly webhookHint: string;
  readonly add: string;
  readonly secretOnce: string;
}

const en: AlarmRuleTexts = {
  title: "Alarms",
  lead: "What needs somebody, by the rules that you make. Each alarm leads to the reading that raised it.",
  parts: "Parts of this page",
  openAlarms: "Open alarms",
  rules: "Rules",
  targets: "Who is told",
  calm: "No rule rings.",
  stale: "The server does not answer: what is shown may be over.",
  newest: (number) => `The newest ${number} are shown.`,
  unruled: "Without a rule",
  unruledLead: "Gateways and silent devices that need somebody although no rule asks for them.",
  silentAll: (number) => `${number} devices are silent; those silent longest are shown.`,
  over: "Those that are over",
  noneOver: "None is over yet.",
  more: "Show more",
  severities: { urgent: "urgent", warning: "warning", notice: "notice" },
  seenBy: (name, when) => `Seen by ${name}, ${when}`,
  acknowledge: "Acknowledge",
  note: "Note",
  noteHint: "What you found or will do. It goes to the audit trail.",
  cancel: "Cancel",
  since: (when) => `since ${when}`,
  cleared: {
    good: (when) => `over ${when}`,
    acknowledged: (when) => `ended by somebody, ${when}`,
    withdrawn: (when) => `the device was withdrawn, ${when}`,
    "rule-changed": (when) => `the rule was changed, ${when}`,
    "rule-removed": (when) => `the rule was removed, ${when}`,
  },
  quietUntil: (when) => `rang lately: people are told again ${when}, if it is still so`,
  proof: "Proof",
  clearedProof: "Proof that it is over",
  days: (number) => `${number} days`,
  hours: (number) => `${number} hours`,
  minutes: (number) => `${number} minutes`,
  seconds: (number) => `${number} s`,
  above: (name, begin, end) => `${name} from ${begin} on, until ${end}`,
  below: (name, begin, end) => `${name} down to ${begin}, until ${end}`,
  risen: (name, change, within) => `${name} rises by ${change} within ${within}`,
  fallen: (name, change, within) => `${name} falls by ${change} within ${within}`,
  flagged: (flags) => `A device reports: ${flags}`,
  flags: { fire: "fire", tilt: "tilted", knock: "knocked", full: "full", battery: "battery low" },
  lostLeast: (number) => `${number} readings of a device or more are lost`,
  checkpointOld: (age) => `The public checkpoint is older than ${age}`,
  anchorOld: (age) => `An anchor has not confirmed for ${age}`,
  gatewayOf: (reasons) => `A gateway reports: ${reasons}`,
  gatewayAny: "A gateway is offline or needs somebody",
  refusedLeast: (number, within, reasons) => `${number} readings of a gateway or more are refused within ${within}${reasons && `: ${reasons}`}`,
  refusals: { "bad-signature": "signature that does not fit", "unknown-key-id": "unknown key", revoked: "withdrawn key", equivocation: "two under one number" },
  sentences: {
    silence: "A device has not reported as it promised",
    equivocation: "A device signed two readings under one number",
    quorum: "Too few witnesses cosign the log",
  },
  lasting: (said, time) => `${said}, for ${time}`,
  everything: "Everything",
  bins: "Bins",
  trees: "Trees",
  tells: (names) => `tells ${names}`,
  tellsNobody: "tells nobody",
  quietFor: (time) => `at most once in ${time}`,
  off: "switched off",
  edit: "Change",
  remove: "Remove",
  sure: "Really remove",
  noRules: "No rules yet. Try one on past data before you save it.",
  newRule: "New rule",
  name: "Name",
  kind: "Rings when",
  kinds: {
    threshold: "a value passes a limit",
    rise: "a value changes quickly",
    flag: "a device reports an alarm",
    silence: "a device is silent",
    lost: "readings are lost",
    equivocation: "a device contradicts itself",
    checkpoint: "the public log stands still",
    quorum: "witnesses are missing",
    anchor: "an anchor is missing",
    gateway: "a gateway needs somebody",
    refused: "readings are refused",
  },
  scope: "For",
  subject: "Only this place",
  subjectHint: "As bin/12; empty: all of them.",
  gatewayHint: "As gateway/1; empty: all of them.",
  forMinutes: "For at least, minutes",
  forHint: "It rings only if it lasts so long.",
  quietMinutes: "Quiet time, minutes",
  quietHint: "Nobody is told of the same place again within.",
  severity: "Severity",
  whom: "Who is told",
  noTargets: "Nobody is named yet.",
  enabled: "Switched on",
  changeEnds: "Saving ends what the rule has raised; it begins anew with the newest readings.",
  save: "Save",
  measurement: "Value",
  side: "Rings",
  sides: { above: "above the limit", below: "below the limit" },
  begin: "Begins at",
  beginHint: "In the unit of the readings: 0.9 is 90 %.",
  end: "Is over at",
  endHint: "On the good side, so that a value on the limit does not ring all the time.",
  direction: "Rings when it",
  directions: { up: "rises", down: "falls" },
  change: "By at least",
  windowMinutes: "Within, minutes",
  whichFlags: "Any of these",
  least: "Readings lost, at least",
  lostHint: "Late ones have the time below to come. Somebody's acknowledgement ends the alarm.",
  refusedCount: "Readings refused, at least",
  refusedHint: "In what one gateway delivered. It is over once there are fewer.",
  whichRefusals: "For any of these; none: for whatever reason",
  ageMinutes: "Older than, minutes",
  tryTitle: "Try on past data",
  tryLead: "The same judging over stored readings. Nothing is changed and nobody is told.",
  range: "Readings of",
  lastDay: "the last day",
  lastDays: (number) => `the last ${number} days`,
  tryIt: "Try",
  trying: "Trying …",
  triedOther: "The rule was changed since this was tried.",
  neverRang: "It would not have rung.",
  rang: (number, times, told) => (number === 1 ? "It would have rung once." : `It would have rung ${times} times, and told people ${told} times.`),
  together: (time) => `${time} all together.`,
  lookedAt: (readings, devices) => `Looked at: ${readings} readings of ${devices} devices.`,
  pruned: (number) => `${number} readings are not kept any more.`,
  cuts: {
    records: "Not all was looked at: there are too many readings. Choose less time, or one place.",
    devices: "Not all was looked at: there are too many devices. Choose one district, or one place.",
    time: "Not all was looked at: it took too long. Choose less time, or one place.",
    "not-kept": "What gateways said in the past is not kept: this rule cannot be tried.",
  },
  earliest: (number) => `The earliest ${number} are shown.`,
  wouldTell: "tells people",
  wouldNotTell: "in its quiet time",
  stillSo: "still so at the end",
  lasted: (time) => `for ${time}`,
  targetsLead: "Mailboxes and programs that rules may name. A test goes the same way as an alarm.",
  ways: { email: "E-mail", webhook: "Webhook" },
  events: { raised: "Alarm", cleared: "Over", test: "Test" },
  states: { waiting: "waiting", sent: "taken", dead: "given up" },
  attempts: (number) => `${number} attempts`,
  again: (when) => `again ${when}`,
  messages: "Messages",
  noMessages: "No messages yet.",
  test: "Send a test",
  newTarget: "New target",
  noMails: "No mail server is configured, so only webhooks can be told.",
  way: "Told by",
  spoken: "Language",
  address: "Address",
  webhookHint: "Begins with https:// and is on a public network. Messages are signed (Standard Webhooks).",
  add: "Add",
  secretOnce: "The webhook's secret. It is shown this once:",
};

const ko: AlarmRuleTexts = {
  title: "경보",
  lead: "직접 만든 규칙에 따라 조치가 필요한 것을 보여 줍니다. 경보마다 그것을 울린 측정값으로 이어집니다.",
  parts: "이 페이지의 부분",
  openAlarms: "열린 경보",
  rules: "규칙",
  targets: "알림 대상",
  calm: "울리는 규칙이 없습니다.",
  stale: "서버가 응답하지 않아, 보이는 내용이 이미 끝났을 수 있습니다.",
  newest: (number) => `최신 ${number}건을 보여 줍니다.`,
  unruled: "규칙이 없는 것",
  unruledLead: "규칙은 없지만 조치가 필요한 게이트웨이와 조용한 장치입니다.",
  silentAll: (number) => `장치 ${number}대가 조용하며, 가장 오래된 것부터 보여 줍니다.`,
  over: "끝난 경보",
  noneOver: "아직 끝난 경보가 없습니다.",
  more: "더 보기",
  severities: { urgent: "긴급", warning: "경고", notice: "알림" },
  seenBy: (name, when) => `${name} 님이 확인함, ${when}`,
  acknowledge: "확인",
  note: "메모",
  noteHint: "알아낸 것이나 할 일을 적습니다. 감사 기록에 남습니다.",
  cancel: "취소",
  since: (when) => `${when}부터`,
  cleared: {
    good: (when) => `${when}에 끝남`,
    acknowledged: (when) => `${when}에 사람이 끝냄`,
    withdrawn: (when) => `${when}에 장치가 폐지됨`,
    "rule-changed": (when) => `${when}에 규칙이 바뀜`,
    "rule-removed": (when) => `${when}에 규칙이 삭제됨`,
  },
  quietUntil: (when) => `최근에 울렸으므로, 계속되면 ${when}에 다시 알립니다`,
  proof: "증명",
  clearedProof: "끝났다는 증명",
  days: (number) => `${number}일`,
  hours: (number) => `${number}시간`,
  minutes: (number) => `${number}분`,
  seconds: (number) => `${number}초`,
  above: (name, begin, end) => `${name} ${begin} 이상, ${end}까지 내려오면 끝`,
  below: (name, begin, end) => `${name} ${begin} 이하, ${end}까지 올라오면 끝`,
  risen: (name, change, within) => `${name} ${within} 안에 ${change} 상승`,
  fallen: (name, change, within) => `${name} ${within} 안에 ${change} 하락`,
  flagged: (flags) => `장치가 알림: ${flags}`,
  flags: { fire: "화재", tilt: "기울어짐", knock: "충격", full: "가득 참", battery: "배터리 부족" },
  lostLeast: (number) => `한 장치의 측정값이 ${number}건 이상 사라짐`,
  checkpointOld: (age) => `공개 체크포인트가 ${age}보다 오래됨`,
  anchorOld: (age) => `앵커가 ${age} 동안 확인하지 않음`,
  gatewayOf: (reasons) => `게이트웨이가 알림: ${reasons}`,
  gatewayAny: "게이트웨이가 끊겼거나 조치가 필요함",
  refusedLeast: (number, within, reasons) => `한 게이트웨이에서 ${within} 안에 측정값 ${number}개 이상이 거부됨${reasons && `: ${reasons}`}`,
  refusals: { "bad-signature": "맞지 않는 서명", "unknown-key-id": "모르는 키", revoked: "철회된 키", equivocation: "한 번호에 두 개" },
  sentences: {
    silence: "장치가 약속한 대로 보고하지 않음",
    equivocation: "장치가 한 번호로 두 측정값에 서명함",
    quorum: "로그에 공동 서명하는 증인이 부족함",
  },
  lasting: (said, time) => `${said}, ${time} 이상`,
  everything: "모두",
  bins: "수거함",
  trees: "나무",
  tells: (names) => `${names}에 알림`,
  tellsNobody: "아무에게도 알리지 않음",
  quietFor: (time) => `${time}에 한 번까지`,
  off: "꺼짐",
  edit: "변경",
  remove: "삭제",
  sure: "정말 삭제",
  noRules: "아직 규칙이 없습니다. 저장하기 전에 지난 데이터로 시험해 보세요.",
  newRule: "새 규칙",
  name: "이름",
  kind: "울리는 때",
  kinds: {
    threshold: "값이 한계를 넘을 때",
    rise: "값이 빠르게 변할 때",
    flag: "장치가 경보를 알릴 때",
    silence: "장치가 조용할 때",
    lost: "측정값이 사라졌을 때",
    equivocation: "장치가 모순될 때",
    checkpoint: "공개 로그가 멈췄을 때",
    quorum: "증인이 부족할 때",
    anchor: "앵커가 없을 때",
    gateway: "게이트웨이에 조치가 필요할 때",
    refused: "측정값이 거부될 때",
  },
  scope: "대상",
  subject: "이곳만",
  subjectHint: "예: bin/12. 비워 두면 모두입니다.",
  gatewayHint: "예: gateway/1. 비워 두면 모두입니다.",
  forMinutes: "최소 지속 시간(분)",
  forHint: "이만큼 계속될 때만 울립니다.",
  quietMinutes: "조용한 시간(분)",
  quietHint: "그동안 같은 곳을 다시 알리지 않습니다.",
  severity: "심각도",
  whom: "알릴 대상",
  noTargets: "아직 대상이 없습니다.",
  enabled: "켜짐",
  changeEnds: "저장하면 이 규칙이 울린 경보는 끝나고 최신 측정값으로 다시 시작합니다.",
  save: "저장",
  measurement: "값",
  side: "울림",
  sides: { above: "한계보다 높을 때", below: "한계보다 낮을 때" },
  begin: "시작 값",
  beginHint: "측정값의 단위로 적습니다. 0.9는 90 %입니다.",
  end: "끝 값",
  endHint: "한계 위에서 오르내리는 값이 계속 울리지 않도록 안쪽에 둡니다.",
  direction: "울리는 변화",
  directions: { up: "상승", down: "하락" },
  change: "변화량",
  windowMinutes: "기간(분)",
  whichFlags: "다음 가운데 하나",
  least: "사라진 측정값, 최소",
  lostHint: "늦게 오는 것은 아래 시간만큼 기다립니다. 사람이 확인하면 경보가 끝납니다.",
  refusedCount: "거부된 측정값, 최소",
  refusedHint: "게이트웨이 하나가 보낸 것 가운데. 그보다 적어지면 끝납니다.",
  whichRefusals: "다음 이유 가운데 하나(없으면 모든 이유)",
  ageMinutes: "경과 시간(분)",
  tryTitle: "지난 데이터로 시험",
  tryLead: "저장된 측정값을 같은 방식으로 판단합니다. 아무것도 바뀌지 않고 아무에게도 알리지 않습니다.",
  range: "측정값 기간",
  lastDay: "지난 하루",
  lastDays: (number) => `지난 ${number}일`,
  tryIt: "시험",
  trying: "시험하는 중 …",
  triedOther: "시험한 뒤에 규칙이 바뀌었습니다.",
  neverRang: "울리지 않았을 것입니다.",
  rang: (number, times, told) => (number === 1 ? "한 번 울렸을 것입니다." : `${times}번 울리고 ${told}번 알렸을 것입니다.`),
  together: (time) => `모두 합해 ${time}.`,
  lookedAt: (readings, devices) => `살펴본 것: 장치 ${devices}대의 측정값 ${readings}건.`,
  pruned: (number) => `측정값 ${number}건은 더는 보관되지 않습니다.`,
  cuts: {
    records: "측정값이 너무 많아 일부만 보았습니다. 기간이나 장소를 줄여 주세요.",
    devices: "장치가 너무 많아 일부만 보았습니다. 구역이나 장소를 줄여 주세요.",
    time: "시간이 오래 걸려 일부만 보았습니다. 기간이나 장소를 줄여 주세요.",
    "not-kept": "게이트웨이가 과거에 알린 것은 보관하지 않으므로 시험할 수 없습니다.",
  },
  earliest: (number) => `가장 이른 ${number}건을 보여 줍니다.`,
  wouldTell: "알림",
  wouldNotTell: "조용한 시간",
  stillSo: "끝까지 계속됨",
  lasted: (time) => `${time} 동안`,
  targetsLead: "규칙이 알릴 수 있는 메일 주소와 프로그램입니다. 시험 메시지는 경보와 같은 길로 갑니다.",
  ways: { email: "이메일", webhook: "웹훅" },
  events: { raised: "경보", cleared: "해제", test: "시험" },
  states: { waiting: "대기", sent: "받음", dead: "포기" },
  attempts: (number) => `${number}번 시도`,
  again: (when) => `${when}에 다시`,
  messages: "메시지",
  noMessages: "아직 메시지가 없습니다.",
  test: "시험 보내기",
  newTarget: "새 대상",
  noMails: "메일 서버가 설정되지 않아 웹훅으로만 알릴 수 있습니다.",
  way: "방법",
  spoken: "언어",
  address: "주소",
  webhookHint: "https://로 시작하고 공개 네트워크에 있어야 합니다. 메시지는 서명됩니다(Standard Webhooks).",
  add: "추가",
  secretOnce: "웹훅의 비밀 값이며 지금 한 번만 보입니다:",
};

const zh: AlarmRuleTexts = {
  title: "告警",
  lead: "按您制定的规则显示需要处理的事项。每条告警都指向触发它的读数。",
  parts: "本页各部分",
  openAlarms: "未结告警",
  rules: "规则",
  targets: "通知对象",
  calm: "没有规则在告警。",
  stale: "服务器没有响应，所示内容可能已结束。",
  newest: (number) => `显示最新的 ${number} 条。`,
  unruled: "没有规则的",
  unruledLead: "虽无规则，但需要处理的网关和静默设备。",
  silentAll: (number) => `${number} 台设备静默，先显示静默最久的。`,
  over: "已结束的",
  noneOver: "还没有已结束的告警。",
  more: "显示更多",
  severities: { urgent: "紧急", warning: "警告", notice: "提示" },
  seenBy: (name, when) => `${name} 已确认，${when}`,
  acknowledge: "确认",
  note: "备注",
  noteHint: "您发现了什么或将做什么，会写入审计记录。",
  cancel: "取消",
  since: (when) => `自${when}起`,
  cleared: {
    good: (when) => `${when} 结束`,
    acknowledged: (when) => `${when} 由人结束`,
    withdrawn: (when) => `${when} 设备被撤销`,
    "rule-changed": (when) => `${when} 规则已更改`,
    "rule-removed": (when) => `${when} 规则已删除`,
  },
  quietUntil: (when) => `近期已告警：如仍持续，将于 ${when} 再次通知`,
  proof: "证明",
  clearedProof: "结束的证明",
  days: (number) => `${number} 天`,
  hours: (number) => `${number} 小时`,
  minutes: (number) => `${number} 分钟`,
  seconds: (number) => `${number} 秒`,
  above: (name, begin, end) => `${name}达到 ${begin}，降至 ${end} 结束`,
  below: (name, begin, end) => `${name}低至 ${begin}，升至 ${end} 结束`,
  risen: (name, change, within) => `${name}在 ${within}内上升 ${change}`,
  fallen: (name, change, within) => `${name}在 ${within}内下降 ${change}`,
  flagged: (flags) => `设备报告：${flags}`,
  flags: { fire: "火警", tilt: "倾斜", knock: "撞击", full: "已满", battery: "电量低" },
  lostLeast: (number) => `一台设备丢失 ${number} 条或更多读数`,
  checkpointOld: (age) => `公开检查点已超过 ${age}`,
  anchorOld: (age) => `锚定 ${age}未获确认`,
  gatewayOf: (reasons) => `网关报告：${reasons}`,
  gatewayAny: "网关离线或需要处理",
  refusedLeast: (number, within, reasons) => `${within}内一个网关有 ${number} 条或更多读数被拒绝${reasons && `：${reasons}`}`,
  refusals: { "bad-signature": "签名不符", "unknown-key-id": "未知密钥", revoked: "已撤回的密钥", equivocation: "同一编号两条" },
  sentences: {
    silence: "设备没有按承诺上报",
    equivocation: "设备用同一编号签署了两条读数",
    quorum: "为日志联署的见证者不足",
  },
  lasting: (said, time) => `${said}，持续 ${time}`,
  everything: "全部",
  bins: "垃圾桶",
  trees: "树木",
  tells: (names) => `通知 ${names}`,
  tellsNobody: "不通知任何人",
  quietFor: (time) => `${time}内至多一次`,
  off: "已关闭",
  edit: "更改",
  remove: "删除",
  sure: "确定删除",
  noRules: "还没有规则。保存之前请先用历史数据试算。",
  newRule: "新规则",
  name: "名称",
  kind: "何时告警",
  kinds: {
    threshold: "数值越过界限",
    rise: "数值快速变化",
    flag: "设备报告告警",
    silence: "设备静默",
    lost: "读数丢失",
    equivocation: "设备自相矛盾",
    checkpoint: "公开日志停滞",
    quorum: "见证者不足",
    anchor: "缺少锚定",
    gateway: "网关需要处理",
    refused: "读数被拒绝",
  },
  scope: "对象",
  subject: "仅此地点",
  subjectHint: "例如 bin/12；留空表示全部。",
  gatewayHint: "例如 gateway/1；留空表示全部。",
  forMinutes: "至少持续（分钟）",
  forHint: "持续这么久才告警。",
  quietMinutes: "静默时间（分钟）",
  quietHint: "在此期间不再就同一地点通知。",
  severity: "严重程度",
  whom: "通知谁",
  noTargets: "还没有通知对象。",
  enabled: "启用",
  changeEnds: "保存会结束此规则已触发的告警，并从最新读数重新开始。",
  save: "保存",
  measurement: "数值",
  side: "告警条件",
  sides: { above: "高于界限", below: "低于界限" },
  begin: "起始值",
  beginHint: "以读数的单位填写：0.9 即 90 %。",
  end: "结束值",
  endHint: "在正常一侧，避免数值在界限上反复告警。",
  direction: "变化方向",
  directions: { up: "上升", down: "下降" },
  change: "至少变化",
  windowMinutes: "时间窗（分钟）",
  whichFlags: "以下任一",
  least: "至少丢失读数",
  lostHint: "迟到的读数有下面的时间到达。有人确认后告警结束。",
  refusedCount: "被拒绝的读数，至少",
  refusedHint: "在一个网关送来的读数中。少于此数时结束。",
  whichRefusals: "以下任一原因（不选则为任何原因）",
  ageMinutes: "超过（分钟）",
  tryTitle: "用历史数据试算",
  tryLead: "对已存读数做同样的判断，不作更改，也不通知任何人。",
  range: "读数范围",
  lastDay: "最近一天",
  lastDays: (number) => `最近 ${number} 天`,
  tryIt: "试算",
  trying: "正在试算 …",
  triedOther: "试算之后规则已被更改。",
  neverRang: "本不会告警。",
  rang: (number, times, told) => (number === 1 ? "本会告警一次。" : `本会告警 ${times} 次，通知 ${told} 次。`),
  together: (time) => `合计 ${time}。`,
  lookedAt: (readings, devices) => `查看了 ${devices} 台设备的 ${readings} 条读数。`,
  pruned: (number) => `有 ${number} 条读数已不再保存。`,
  cuts: {
    records: "读数过多，只看了一部分。请缩短时间或只选一处。",
    devices: "设备过多，只看了一部分。请选择一个区域或一处。",
    time: "耗时过长，只看了一部分。请缩短时间或只选一处。",
    "not-kept": "网关过去的报告没有保存，无法试算此规则。",
  },
  earliest: (number) => `显示最早的 ${number} 次。`,
  wouldTell: "会通知",
  wouldNotTell: "在静默时间内",
  stillSo: "到最后仍持续",
  lasted: (time) => `持续 ${time}`,
  targetsLead: "规则可以通知的邮箱和程序。测试消息与告警走同样的途径。",
  ways: { email: "电子邮件", webhook: "网络回调" },
  events: { raised: "告警", cleared: "解除", test: "测试" },
  states: { waiting: "等待", sent: "已收下", dead: "已放弃" },
  attempts: (number) => `尝试 ${number} 次`,
  again: (when) => `${when} 再试`,
  messages: "消息",
  noMessages: "还没有消息。",
  test: "发送测试",
  newTarget: "新的通知对象",
  noMails: "未配置邮件服务器，只能通知网络回调。",
  way: "方式",
  spoken: "语言",
  address: "地址",
  webhookHint: "以 https:// 开头并位于公共网络。消息带有签名（Standard Webhooks）。",
  add: "添加",
  secretOnce: "回调的密钥，仅显示这一次：",
};

export const alarmRuleTexts: Dictionary<AlarmRuleTexts> = { en, ko, zh };
