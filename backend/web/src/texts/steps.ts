/** What each step of a check says, in one plain sentence: when it held, when it was not checked, when it failed. */

import type { StepId } from "../verifier/errors.ts";
import type { Dictionary } from "./language.ts";

export interface StepTexts {
  readonly title: string;
  /** It held: what that excludes. */
  readonly held: string;
  readonly failed: string;
  readonly notChecked?: string;
}

export type StepDictionary = Readonly<Record<StepId | "policy" | "match", StepTexts>>;

const en: StepDictionary = {
  policy: {
    title: "Trust policy",
    held: "The city's trust policy is signed by its root keys.",
    failed: "The city's trust policy is not the one that this browser trusts, so nothing can be checked against it.",
  },
  match: {
    title: "What was asked for",
    held: "The proof is of exactly what was asked for.",
    failed: "The proof is of something else than what was asked for.",
  },
  format: {
    title: "Form",
    held: "The file is a proof, complete and with nothing added.",
    failed: "The file is no proof, or it was damaged or changed.",
  },
  realm: {
    title: "City",
    held: "The proof belongs to this city.",
    failed: "The proof belongs to another city.",
  },
  checkpoint: {
    title: "Log head",
    held: "The city's log signed the state of the log that the proof refers to.",
    failed: "The state of the log in the proof was not signed by the city's log, or it was changed.",
  },
  witnesses: {
    title: "Witnesses",
    held: "Independent witnesses saw the same log, so you are shown the same history as everybody.",
    failed: "Too few independent witnesses saw this log.",
    notChecked: "The city has no independent witnesses yet, so nobody confirms that everybody sees the same log.",
  },
  "header-log": {
    title: "Batch in the log",
    held: "The batch with this reading is in the city's log.",
    failed: "The batch with this reading is not in the log.",
  },
  "gateway-enrolment": {
    title: "Gateway",
    held: "The gateway that collected the reading was enrolled by the city before.",
    failed: "The gateway that collected the reading was not properly enrolled.",
  },
  "gateway-signature": {
    title: "Gateway's signature",
    held: "That gateway signed the batch.",
    failed: "The batch was not signed by that gateway, or it was changed afterwards.",
  },
  "record-batch": {
    title: "Reading in the batch",
    held: "The reading was in the batch from the start; it was not slipped in later.",
    failed: "The reading is not the one in the batch: it was changed, or slipped in later.",
  },
  "device-enrolment": {
    title: "Device",
    held: "The device at this place was enrolled by the city before.",
    failed: "The device was not properly enrolled.",
  },
  "device-signature": {
    title: "Device's signature",
    held: "The device itself signed the reading, and not a digit has changed since.",
    failed: "The reading was not signed by this device, or it was changed afterwards.",
  },
  receipt: {
    title: "The log’s receipt",
    held: "The city’s log signed that the statement is in it.",
    failed: "No receipt by the city’s log holds for this statement.",
  },
  "entry-log": {
    title: "Entry in the log",
    held: "The entry is in the city's log, where everybody can read it.",
    failed: "The entry is not in the city's log, or it is of no known kind.",
  },
  issuer: {
    title: "Who signed",
    held: "Who signed may sign this kind of entry, and was known to the city before.",
    failed: "Who signed may not sign this kind of entry, or was not known to the city then.",
    notChecked: "The file does not carry who signed the entry.",
  },
  signature: {
    title: "Signature",
    held: "They signed it, and not a letter has changed since.",
    failed: "It was not signed by them, or it was changed afterwards.",
  },
  revocation: {
    title: "Withdrawn keys",
    held: "Whoever signed had not been withdrawn by then: the order in the log shows it.",
    failed: "A key was withdrawn, or the list of withdrawn keys is not in order.",
    notChecked: "The proof carries no list of withdrawn keys, so it does not say whether a key was withdrawn.",
  },
  beacon: {
    title: "Not older than said",
    held: "The reading was made after a state of the log that witnesses had dated.",
    failed: "The reading does not belong to the state of the log that is said to precede it.",
    notChecked: "Nothing shows the earliest moment at which the reading can have been made.",
  },
  anchors: {
    title: "Outside anchors",
    held: "Somebody outside the city fixed the log in time, with this in it.",
    failed: "The anchors outside the city do not hold.",
    notChecked: "The proof carries no anchor outside the city, or one that a file alone cannot show.",
  },
};

const ko: StepDictionary = {
  policy: {
    title: "신뢰 정책",
    held: "도시의 신뢰 정책은 도시의 최상위 키로 서명되었습니다.",
    failed: "도시의 신뢰 정책이 이 브라우저가 신뢰하는 것과 달라 아무것도 확인할 수 없습니다.",
  },
  match: {
    title: "요청한 것",
    held: "이 증명은 바로 요청한 것에 대한 것입니다.",
    failed: "이 증명은 요청한 것과 다른 것에 대한 것입니다.",
  },
  format: {
    title: "형식",
    held: "파일은 온전한 증명이며 덧붙은 것이 없습니다.",
    failed: "파일이 증명이 아니거나, 손상되었거나 바뀌었습니다.",
  },
  realm: { title: "도시", held: "이 도시의 증명입니다.", failed: "다른 도시의 증명입니다." },
  checkpoint: {
    title: "로그 상태",
    held: "증명이 가리키는 로그 상태에 도시의 로그가 서명했습니다.",
    failed: "증명의 로그 상태에 도시 로그의 서명이 없거나 내용이 바뀌었습니다.",
  },
  witnesses: {
    title: "증인",
    held: "독립된 증인들이 같은 로그를 보았으므로 모두가 같은 기록을 봅니다.",
    failed: "이 로그를 본 독립 증인이 부족합니다.",
    notChecked: "아직 독립 증인이 없어, 모두가 같은 로그를 보는지 확인해 주는 이가 없습니다.",
  },
  "header-log": {
    title: "로그 속 묶음",
    held: "이 측정값이 든 묶음이 도시의 로그에 있습니다.",
    failed: "이 측정값이 든 묶음이 로그에 없습니다.",
  },
  "gateway-enrolment": {
    title: "게이트웨이",
    held: "측정값을 모은 게이트웨이는 그전에 도시가 등록했습니다.",
    failed: "측정값을 모은 게이트웨이가 올바로 등록되지 않았습니다.",
  },
  "gateway-signature": {
    title: "게이트웨이 서명",
    held: "그 게이트웨이가 묶음에 서명했습니다.",
    failed: "그 게이트웨이의 서명이 아니거나, 서명 뒤에 묶음이 바뀌었습니다.",
  },
  "record-batch": {
    title: "묶음 속 측정값",
    held: "측정값은 처음부터 묶음에 있었고 나중에 끼워 넣은 것이 아닙니다.",
    failed: "묶음에 있던 측정값이 아닙니다. 바뀌었거나 나중에 끼워 넣은 것입니다.",
  },
  "device-enrolment": {
    title: "장치",
    held: "이 장소의 장치는 그전에 도시가 등록했습니다.",
    failed: "장치가 올바로 등록되지 않았습니다.",
  },
  "device-signature": {
    title: "장치 서명",
    held: "장치가 직접 측정값에 서명했고 그 뒤로 한 글자도 바뀌지 않았습니다.",
    failed: "이 장치의 서명이 아니거나, 서명 뒤에 측정값이 바뀌었습니다.",
  },
  receipt: {
    title: "로그의 영수증",
    held: "도시의 로그가 이 진술이 로그에 있다고 서명했습니다.",
    failed: "이 진술에 대해 성립하는 도시 로그의 영수증이 없습니다.",
  },
  "entry-log": {
    title: "로그 속 항목",
    held: "이 항목은 누구나 읽을 수 있는 도시의 로그에 있습니다.",
    failed: "이 항목이 도시의 로그에 없거나 알려진 종류가 아닙니다.",
  },
  issuer: {
    title: "서명한 이",
    held: "서명한 이는 이런 항목에 서명할 수 있고, 그전에 도시에 알려져 있었습니다.",
    failed: "서명한 이가 이런 항목에 서명할 수 없거나, 그때 도시에 알려져 있지 않았습니다.",
    notChecked: "파일에는 누가 서명했는지가 들어 있지 않습니다.",
  },
  signature: {
    title: "서명",
    held: "바로 그가 서명했고 그 뒤로 한 글자도 바뀌지 않았습니다.",
    failed: "그의 서명이 아니거나, 서명 뒤에 내용이 바뀌었습니다.",
  },
  revocation: {
    title: "폐지된 키",
    held: "서명할 때까지 키가 폐지되지 않았음을 로그의 순서가 보여 줍니다.",
    failed: "키가 폐지되었거나 폐지 목록이 올바르지 않습니다.",
    notChecked: "증명에 폐지 목록이 없어 키가 폐지되었는지 알 수 없습니다.",
  },
  beacon: {
    title: "측정 시점의 하한",
    held: "측정은 증인들이 시각을 적은 로그 상태 뒤에 이루어졌습니다.",
    failed: "앞선다고 한 로그 상태와 측정값이 맞지 않습니다.",
    notChecked: "측정이 가장 이르게 언제 이루어졌는지 보여 주는 것이 없습니다.",
  },
  anchors: {
    title: "외부 고정",
    held: "도시 밖의 누군가가 이것이 든 로그의 시각을 고정했습니다.",
    failed: "도시 밖의 고정이 성립하지 않습니다.",
    notChecked: "증명에 도시 밖의 고정이 없거나, 파일만으로는 보일 수 없는 것입니다.",
  },
};

const zh: StepDictionary = {
  policy: {
    title: "信任策略",
    held: "城市的信任策略由其根密钥签名。",
    failed: "城市的信任策略与此浏览器信任的不同，因此无法核验。",
  },
  match: { title: "所请求的内容", held: "证明正是所请求的内容的。", failed: "证明与所请求的不符。" },
  format: { title: "格式", held: "文件是完整的证明，没有附加内容。", failed: "文件不是证明，或已损坏、被更改。" },
  realm: { title: "城市", held: "证明属于本市。", failed: "证明属于另一座城市。" },
  checkpoint: {
    title: "日志状态",
    held: "证明所指的日志状态由城市日志签名。",
    failed: "证明中的日志状态未由城市日志签名，或被更改。",
  },
  witnesses: {
    title: "见证人",
    held: "独立见证人看到同一份日志，所以您与所有人看到的历史相同。",
    failed: "见到此日志的独立见证人太少。",
    notChecked: "本市尚无独立见证人，无人证实所有人看到同一份日志。",
  },
  "header-log": { title: "日志中的批次", held: "含此读数的批次在城市的日志中。", failed: "含此读数的批次不在日志中。" },
  "gateway-enrolment": {
    title: "网关",
    held: "收集读数的网关此前已由城市登记。",
    failed: "收集读数的网关没有正确登记。",
  },
  "gateway-signature": { title: "网关签名", held: "该网关为此批次签名。", failed: "批次不是该网关签名的，或事后被更改。" },
  "record-batch": {
    title: "批次中的读数",
    held: "读数一开始就在批次中，不是后来塞入的。",
    failed: "读数不是批次中的那一个：被更改，或后来塞入。",
  },
  "device-enrolment": { title: "设备", held: "此处的设备此前已由城市登记。", failed: "设备没有正确登记。" },
  "device-signature": {
    title: "设备签名",
    held: "设备亲自为读数签名，此后一个数字也没有改变。",
    failed: "读数不是此设备签名的，或事后被更改。",
  },
  receipt: {
    title: "日志的回执",
    held: "城市的日志签名表明此声明在其中。",
    failed: "没有城市日志为此声明出具的有效回执。",
  },
  "entry-log": {
    title: "日志中的条目",
    held: "此条目在城市的日志中，人人可读。",
    failed: "此条目不在城市的日志中，或不是已知的种类。",
  },
  issuer: {
    title: "签名者",
    held: "签名者有权签署此类条目，且此前已为城市所知。",
    failed: "签名者无权签署此类条目，或当时不为城市所知。",
    notChecked: "文件中没有签名者的信息。",
  },
  signature: {
    title: "签名",
    held: "确由其签名，此后一字未改。",
    failed: "不是其签名，或事后被更改。",
  },
  revocation: {
    title: "已撤销的密钥",
    held: "日志的先后顺序表明，签名时密钥尚未被撤销。",
    failed: "有密钥被撤销，或撤销列表有误。",
    notChecked: "证明不含撤销列表，无法说明密钥是否被撤销。",
  },
  beacon: {
    title: "不早于所称时间",
    held: "读数产生于见证人注明时间的日志状态之后。",
    failed: "读数与所称的先前日志状态不符。",
    notChecked: "没有内容表明读数最早可能产生的时刻。",
  },
  anchors: {
    title: "外部锚定",
    held: "城市之外有人为含有此内容的日志固定了时间。",
    failed: "城市之外的锚定不成立。",
    notChecked: "证明不含城市之外的锚定，或所含的单凭文件无法表明。",
  },
};

export const stepTexts: Dictionary<StepDictionary> = { en, ko, zh };
