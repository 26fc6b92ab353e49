/** Texts about log entries that are no readings: kinds, parts, documents. */

import type { EntryKind } from "../verifier/entry.ts";
import type { Dictionary } from "./language.ts";

export interface EntryTexts {
  readonly title: string;
  readonly lead: string;
  readonly kinds: Readonly<Record<EntryKind, string>>;
  /** Kind, issuer and subject in one line. */
  readonly about: (kind: string, issuer: string, subject: string | undefined) => string;
  /** The same where nobody checked who signed. */
  readonly unattributed: (kind: string, subject: string | undefined) => string;
  readonly formSteps: string;
  readonly logged: string;
  readonly loggedLead: (why: string) => string;
  readonly kind: string;
  readonly issuer: string;
  readonly saysIssuer: string;
  readonly subject: string;
  readonly typ: string;
  readonly contentType: string;
  readonly says: string;
  readonly notText: (bytes: string) => string;
  readonly empty: string;
  readonly cut: string;
  readonly onlyHash: string;
  readonly onlyHashLead: string;
  readonly location: string;
  readonly chooseDocument: string;
  readonly documentHint: string;
  readonly documentSame: (name: string) => string;
  readonly documentOther: (name: string) => string;
  readonly documentUnreadable: (name: string) => string;
  readonly enrolledKey: string;
  readonly role: string;
  readonly label: string;
  readonly reason: string;
  readonly reasons: Readonly<Record<"retired" | "rotated" | "compromised" | "lost", string>>;
  readonly lastSeq: string;
  readonly revokedKey: string;
  readonly revokedCount: string;
  readonly version: string;
  readonly records: string;
  readonly closed: string;
  readonly settings: string;
  readonly pruned: string;
  readonly prunedRange: (first: string, end: string) => string;
  readonly keys: string;
  readonly noIndex: string;
  readonly downloads: string;
  readonly receipt: string;
  readonly tlogProof: string;
  readonly bytes: string;
  readonly onRecord: string;
  readonly onRecordLead: string;
  readonly entry: (index: string) => string;
}

const en: EntryTexts = {
  title: "Log entry",
  lead: "What somebody put on record in the city’s public log, checked by your browser.",
  kinds: {
    policy: "Trust policy",
    batch: "Batch of readings",
    enrolment: "Enrolment",
    revocation: "Revocation",
    "status-list": "List of withdrawn keys",
    configuration: "Configuration",
    release: "Firmware release",
    pruning: "Pruning",
    statement: "Statement",
  },
  about: (kind, issuer, subject) => (subject === undefined ? `${kind} by ${issuer}` : `${kind} by ${issuer} about ${subject}`),
  unattributed: (kind, subject) => (subject === undefined ? kind : `${kind} about ${subject}`),
  formSteps: "Every step for the file itself",
  logged: "It is in the city’s log",
  loggedLead: (why) => `Who signed it was not checked: the city’s server did not give the proof of that (${why}).`,
  kind: "Kind",
  issuer: "Signed by",
  saysIssuer: "Signer, by its own word",
  subject: "About",
  typ: "Type of statement",
  contentType: "Type of content",
  says: "What it says",
  notText: (bytes) => `The content is not text (${bytes} bytes).`,
  empty: "The content is empty.",
  cut: "Only the beginning is shown.",
  onlyHash: "Only a document’s fingerprint is on record",
  onlyHashLead: "The document itself stays with its owner. If you have it, you can check that it is this one; it does not leave this device.",
  location: "Said to lie at",
  chooseDocument: "Choose the document",
  documentHint: "SHA-256 fingerprint",
  documentSame: (name) => `${name} is exactly the document whose fingerprint was put on record.`,
  documentOther: (name) => `${name} is another document, or it was changed.`,
  documentUnreadable: (name) => `${name} could not be read.`,
  enrolledKey: "Enrolled key",
  role: "Role",
  label: "Label",
  reason: "Reason",
  reasons: { retired: "retired", rotated: "replaced by a new key", compromised: "compromised", lost: "lost" },
  lastSeq: "Last number of the old key",
  revokedKey: "Withdrawn key (thumbprint)",
  revokedCount: "Withdrawn keys in the list",
  version: "Version",
  records: "Readings",
  closed: "Closed, by the gateway’s clock",
  settings: "Settings",
  pruned: "Batches whose content may be gone",
  prunedRange: (first, end) => `log entries ${first} to before ${end}`,
  keys: "Keys whose numbers are kept on record",
  noIndex: "No entry is named. The address ends in ?index= and a number.",
  downloads: "Take it with you",
  receipt: "Receipt",
  tlogProof: "tlog-proof",
  bytes: "Signed bytes",
  onRecord: "On record",
  onRecordLead: "What the city and others put in the public log about this place. Each opens with its own check.",
  entry: (index) => `Entry ${index}`,
};

const ko: EntryTexts = {
  title: "로그 항목",
  lead: "누군가 도시의 공개 로그에 남긴 것을 브라우저가 확인합니다.",
  kinds: {
    policy: "신뢰 정책",
    batch: "측정값 묶음",
    enrolment: "등록",
    revocation: "폐지",
    "status-list": "폐지된 키 목록",
    configuration: "설정",
    release: "펌웨어 배포",
    pruning: "정리",
    statement: "진술",
  },
  about: (kind, issuer, subject) => (subject === undefined ? `${kind} · ${issuer}` : `${subject}에 대한 ${kind} · ${issuer}`),
  unattributed: (kind, subject) => (subject === undefined ? kind : `${subject}에 대한 ${kind}`),
  formSteps: "파일 자체에 대한 모든 단계",
  logged: "도시의 로그에 있습니다",
  loggedLead: (why) => `누가 서명했는지는 확인하지 못했습니다. 도시 서버가 그 증명을 주지 않았습니다(${why}).`,
  kind: "종류",
  issuer: "서명한 이",
  saysIssuer: "스스로 밝힌 서명자",
  subject: "대상",
  typ: "진술의 형식",
  contentType: "내용의 형식",
  says: "내용",
  notText: (bytes) => `내용이 글이 아닙니다(${bytes}바이트).`,
  empty: "내용이 비어 있습니다.",
  cut: "앞부분만 보입니다.",
  onlyHash: "문서의 지문만 기록되어 있습니다",
  onlyHashLead: "문서 자체는 주인이 갖고 있습니다. 문서가 있으면 바로 그것인지 확인할 수 있습니다. 문서는 이 기기를 떠나지 않습니다.",
  location: "있다고 한 곳",
  chooseDocument: "문서 선택",
  documentHint: "SHA-256 지문",
  documentSame: (name) => `${name}은(는) 지문이 기록된 바로 그 문서입니다.`,
  documentOther: (name) => `${name}은(는) 다른 문서이거나 바뀌었습니다.`,
  documentUnreadable: (name) => `${name}을(를) 읽을 수 없습니다.`,
  enrolledKey: "등록된 키",
  role: "역할",
  label: "라벨",
  reason: "이유",
  reasons: { retired: "사용 종료", rotated: "새 키로 교체", compromised: "유출", lost: "분실" },
  lastSeq: "옛 키의 마지막 번호",
  revokedKey: "폐지된 키(지문)",
  revokedCount: "목록에 있는 폐지된 키",
  version: "버전",
  records: "측정값",
  closed: "닫은 시각(게이트웨이의 시계)",
  settings: "설정값",
  pruned: "내용이 없어졌을 수 있는 묶음",
  prunedRange: (first, end) => `로그 항목 ${first}부터 ${end} 앞까지`,
  keys: "번호가 기록된 키",
  noIndex: "항목이 지정되지 않았습니다. 주소는 ?index= 와 숫자로 끝납니다.",
  downloads: "가져가기",
  receipt: "영수증",
  tlogProof: "tlog-proof 파일",
  bytes: "서명된 바이트",
  onRecord: "기록",
  onRecordLead: "도시와 다른 이들이 이 장소에 대해 공개 로그에 남긴 것. 각각 열면 따로 확인합니다.",
  entry: (index) => `항목 ${index}`,
};

const zh: EntryTexts = {
  title: "日志条目",
  lead: "有人记入城市公开日志的内容，由您的浏览器核验。",
  kinds: {
    policy: "信任策略",
    batch: "读数批次",
    enrolment: "登记",
    revocation: "撤销",
    "status-list": "撤销密钥列表",
    configuration: "配置",
    release: "固件发布",
    pruning: "清理",
    statement: "声明",
  },
  about: (kind, issuer, subject) => (subject === undefined ? `${kind}，签署者 ${issuer}` : `关于 ${subject} 的${kind}，签署者 ${issuer}`),
  unattributed: (kind, subject) => (subject === undefined ? kind : `关于 ${subject} 的${kind}`),
  formSteps: "针对文件本身的每一步",
  logged: "它在城市的日志中",
  loggedLead: (why) => `由谁签名未能核验：城市服务器没有提供其证明（${why}）。`,
  kind: "种类",
  issuer: "签名者",
  saysIssuer: "自称的签名者",
  subject: "关于",
  typ: "声明类型",
  contentType: "内容类型",
  says: "内容",
  notText: (bytes) => `内容不是文本（${bytes} 字节）。`,
  empty: "内容为空。",
  cut: "仅显示开头部分。",
  onlyHash: "只记录了文档的指纹",
  onlyHashLead: "文档本身由其所有者保管。若您持有该文档，可核验是否就是它；文档不会离开此设备。",
  location: "据称位于",
  chooseDocument: "选择文档",
  documentHint: "SHA-256 指纹",
  documentSame: (name) => `${name} 正是记录了指纹的那份文档。`,
  documentOther: (name) => `${name} 是另一份文档，或已被更改。`,
  documentUnreadable: (name) => `无法读取 ${name}。`,
  enrolledKey: "登记的密钥",
  role: "角色",
  label: "标签",
  reason: "原因",
  reasons: { retired: "停用", rotated: "由新密钥取代", compromised: "泄露", lost: "遗失" },
  lastSeq: "旧密钥的最后编号",
  revokedKey: "被撤销的密钥（指纹）",
  revokedCount: "列表中被撤销的密钥",
  version: "版本",
  records: "读数",
  closed: "关闭时间（网关时钟）",
  settings: "设置",
  pruned: "内容可能已清理的批次",
  prunedRange: (first, end) => `日志条目 ${first} 至 ${end} 之前`,
  keys: "编号已记录在案的密钥",
  noIndex: "未指明条目。地址以 ?index= 和数字结尾。",
  downloads: "带走",
  receipt: "回执",
  tlogProof: "tlog-proof 文件",
  bytes: "签名字节",
  onRecord: "在案记录",
  onRecordLead: "城市及他人在公开日志中关于此处的记录。每一条打开后都会单独核验。",
  entry: (index) => `条目 ${index}`,
};

export const entryTexts: Dictionary<EntryTexts> = { en, ko, zh };
