/** Texts of the page about the city's people. */

import type { Scope } from "../pages/people/api.ts";
import type { Dictionary } from "./language.ts";

type Said = (text: string) => string;

export interface PeopleTexts {
  readonly title: string;
  readonly lead: string;
  readonly parts: string;
  readonly accounts: string;
  readonly keys: string;
  readonly trail: string;
  readonly ways: string;
  readonly nobody: string;
  readonly ended: string;
  readonly since: Said;
  readonly rolesHere: string;
  readonly change: string;
  readonly saveRoles: string;
  readonly sessions: string;
  readonly noSessions: string;
  readonly signOut: string;
  readonly inviteAgain: string;
  readonly endAccount: string;
  readonly sure: string;
  readonly letIn: string;
  readonly letInLead: string;
  readonly name: string;
  readonly loginHint: string;
  readonly invite: string;
  readonly linkOnce: (name: string, when: string) => string;
  readonly more: string;
  readonly ownKeys: string;
  readonly keysLead: string;
  readonly noKeys: string;
  readonly newKey: string;
  readonly keyHint: string;
  readonly may: string;
  readonly days: string;
  readonly daysHint: string;
  readonly makeKey: string;
  readonly keyOnce: string;
  readonly ends: Said;
  readonly revoked: Said;
  readonly neverUsed: string;
  readonly used: Said;
  readonly revoke: string;
  readonly trailLead: string;
  readonly proved: string;
  readonly unproved: string;
  readonly providers: string;
  readonly providersLead: string;
  readonly noProviders: string;
  readonly districts: string;
  readonly noDistricts: string;
  readonly slug: string;
  readonly slugHint: string;
  readonly addDistrict: string;
  readonly scopes: Readonly<Record<Scope, string>>;
  /** By the names of audit_trail/actions.py. */
  readonly actions: Readonly<Record<string, string>>;
}

const en: PeopleTexts = {
  title: "People",
  lead: "Who may do what, and what was done. Everything here goes to the audit trail.",
  parts: "Parts of this page",
  accounts: "Accounts",
  keys: "API keys",
  trail: "Audit trail",
  ways: "Ways in and districts",
  nobody: "Nobody has a role in this district.",
  ended: "ended",
  since: (text) => `since ${text}`,
  rolesHere: "Roles here",
  change: "Change",
  saveRoles: "Save roles",
  sessions: "Sessions",
  noSessions: "Not signed in anywhere.",
  signOut: "Sign out everywhere",
  inviteAgain: "Invite again",
  endAccount: "End account",
  sure: "Really do it",
  letIn: "Let somebody in",
  letInLead: "They get a link that opens once and lasts three days.",
  name: "Name",
  loginHint: "Letters, digits and . @ + - _; it cannot be changed later.",
  invite: "Make the link",
  linkOnce: (name, when) => `For ${name}, valid until ${when}. It is shown this once: send it by a way that you trust.`,
  more: "Show more",
  ownKeys: "Your API keys",
  keysLead: "A key may do what it names, and never more than you. It ends by itself.",
  noKeys: "You have no keys.",
  newKey: "New key",
  keyHint: "What it is for.",
  may: "It may",
  days: "Valid for, days",
  daysHint: "At most 366.",
  makeKey: "Make the key",
  keyOnce: "The key. It is shown this once:",
  ends: (text) => `ends ${text}`,
  revoked: (text) => `revoked ${text}`,
  neverUsed: "never used",
  used: (text) => `last used ${text}`,
  revoke: "Revoke",
  trailLead: "Every line is chained to the one before. Batches of them are in the public log as hashes, which fix what was done and tell nobody.",
  proved: "in the log",
  unproved: "not in the log yet",
  providers: "Other services",
  providersLead: "Services by which people sign in here, from the configuration. They let in whom an account was made for.",
  noProviders: "None is configured: people come in by passkey or password.",
  districts: "Districts",
  noDistricts: "The city has no districts yet.",
  slug: "Name in addresses",
  slugHint: "Small letters, digits and hyphens.",
  addDistrict: "Add the district",
  scopes: {
    "accounts:read": "see accounts",
    "accounts:write": "change accounts",
    "districts:write": "add districts",
    "audit-trail:read": "read the audit trail",
    "alarms:read": "see alarms",
    "alarms:write": "change alarms and rules",
    "enrolments:read": "see enrolment requests",
    "enrolments:decide": "decide enrolment requests",
  },
  actions: {
    "district-added": "District added",
    "account-added": "Account added",
    "account-ended": "Account ended",
    "roles-changed": "Roles changed",
    invited: "Invited",
    "invitation-taken": "Invitation taken",
    "signed-in": "Signed in",
    "signed-out": "Signed out",
    "signed-out-everywhere": "Signed out everywhere",
    "sign-ins-slowed": "Sign-ins slowed down",
    "password-set": "Password set",
    "passkey-added": "Passkey added",
    "passkey-removed": "Passkey removed",
    "passkey-cloned": "Passkey was copied",
    "identity-linked": "Other service linked",
    "key-made": "API key made",
    "key-revoked": "API key revoked",
    "report-deleted": "Report deleted",
    "visit-recorded": "Visit recorded",
    "visit-changed": "Visit changed",
    "visit-photo-added": "Photo of a visit added",
    "visit-photo-deleted": "Photo of a visit deleted",
    "site-shown": "Site file shown",
    "broker-account-made": "Broker account made",
    "enrolment-asked": "Enrolment asked for",
    "enrolment-approved": "Enrolment approved",
    "enrolment-declined": "Enrolment declined",
    "enrolment-withdrawn": "Enrolment request withdrawn",
    "alarm-acknowledged": "Alarm acknowledged",
    "alarm-rule-added": "Alarm rule made",
    "alarm-rule-changed": "Alarm rule changed",
    "alarm-rule-removed": "Alarm rule removed",
    "alarm-target-added": "Alarm target added",
    "alarm-target-removed": "Alarm target removed",
    "rows-forgotten": "Older rows were deleted",
    "alarm-target-tested": "Alarm target tested",
  },
};

const ko: PeopleTexts = {
  title: "사람",
  lead: "누가 무엇을 할 수 있고 무엇을 했는지 보여 줍니다. 여기서 한 일은 모두 감사 기록에 남습니다.",
  parts: "이 페이지의 부분",
  accounts: "계정",
  keys: "API 키",
  trail: "감사 기록",
  ways: "로그인 방법과 구역",
  nobody: "이 구역에 역할이 있는 사람이 없습니다.",
  ended: "종료됨",
  since: (text) => `${text}부터`,
  rolesHere: "이곳의 역할",
  change: "변경",
  saveRoles: "역할 저장",
  sessions: "세션",
  noSessions: "어디에서도 로그인하지 않았습니다.",
  signOut: "모든 곳에서 로그아웃",
  inviteAgain: "다시 초대",
  endAccount: "계정 종료",
  sure: "정말 실행",
  letIn: "새 사람 들이기",
  letInLead: "한 번만 열리고 사흘 동안 유효한 링크를 받습니다.",
  name: "이름",
  loginHint: "글자, 숫자, . @ + - _ 를 쓰며 나중에 바꿀 수 없습니다.",
  invite: "링크 만들기",
  linkOnce: (name, when) => `${name} 님을 위한 링크이며 ${when}까지 유효합니다. 지금 한 번만 보이니 믿을 수 있는 방법으로 보내 주세요.`,
  more: "더 보기",
  ownKeys: "내 API 키",
  keysLead: "키는 적힌 일만, 본인이 할 수 있는 만큼만 할 수 있고 스스로 만료됩니다.",
  noKeys: "키가 없습니다.",
  newKey: "새 키",
  keyHint: "어디에 쓰는지 적습니다.",
  may: "할 수 있는 일",
  days: "유효 기간(일)",
  daysHint: "최대 366일입니다.",
  makeKey: "키 만들기",
  keyOnce: "키이며 지금 한 번만 보입니다:",
  ends: (text) => `${text} 만료`,
  revoked: (text) => `${text} 폐지`,
  neverUsed: "쓴 적 없음",
  used: (text) => `마지막 사용 ${text}`,
  revoke: "폐지",
  trailLead: "각 줄은 앞줄과 사슬로 이어집니다. 묶음은 해시로 공개 로그에 실려, 내용을 드러내지 않고 한 일을 고정합니다.",
  proved: "로그에 실림",
  unproved: "아직 로그에 없음",
  providers: "다른 서비스",
  providersLead: "설정에 적힌 로그인 서비스입니다. 계정이 있는 사람만 들어올 수 있습니다.",
  noProviders: "설정된 서비스가 없어 패스키나 비밀번호로 들어옵니다.",
  districts: "구역",
  noDistricts: "아직 구역이 없습니다.",
  slug: "주소에 쓰는 이름",
  slugHint: "영문 소문자, 숫자, 하이픈.",
  addDistrict: "구역 추가",
  scopes: {
    "accounts:read": "계정 보기",
    "accounts:write": "계정 변경",
    "districts:write": "구역 추가",
    "audit-trail:read": "감사 기록 읽기",
    "alarms:read": "경보 보기",
    "alarms:write": "경보와 규칙 변경",
    "enrolments:read": "등록 요청 보기",
    "enrolments:decide": "등록 요청 결정",
  },
  actions: {
    "district-added": "구역 추가",
    "account-added": "계정 추가",
    "account-ended": "계정 종료",
    "roles-changed": "역할 변경",
    invited: "초대함",
    "invitation-taken": "초대 수락",
    "signed-in": "로그인",
    "signed-out": "로그아웃",
    "signed-out-everywhere": "모든 곳에서 로그아웃",
    "sign-ins-slowed": "로그인 시도 지연",
    "password-set": "비밀번호 설정",
    "passkey-added": "패스키 추가",
    "passkey-removed": "패스키 삭제",
    "passkey-cloned": "복제된 패스키 발견",
    "identity-linked": "다른 서비스 연결",
    "key-made": "API 키 생성",
    "key-revoked": "API 키 폐지",
    "report-deleted": "신고 삭제",
    "visit-recorded": "방문 기록",
    "visit-changed": "방문 변경",
    "visit-photo-added": "방문 사진 추가",
    "visit-photo-deleted": "방문 사진 삭제",
    "site-shown": "현장 설정 열람",
    "broker-account-made": "브로커 계정 생성",
    "enrolment-asked": "등록 요청",
    "enrolment-approved": "등록 승인",
    "enrolment-declined": "등록 거절",
    "enrolment-withdrawn": "등록 요청 취소",
    "alarm-acknowledged": "경보 확인",
    "alarm-rule-added": "경보 규칙 생성",
    "alarm-rule-changed": "경보 규칙 변경",
    "alarm-rule-removed": "경보 규칙 삭제",
    "alarm-target-added": "알림 대상 추가",
    "alarm-target-removed": "알림 대상 삭제",
    "rows-forgotten": "이전 기록 삭제됨",
    "alarm-target-tested": "알림 대상 시험",
  },
};

const zh: PeopleTexts = {
  title: "人员",
  lead: "谁可以做什么，以及做过什么。此处的一切都会写入审计记录。",
  parts: "本页各部分",
  accounts: "账户",
  keys: "API 密钥",
  trail: "审计记录",
  ways: "登录方式与区域",
  nobody: "此区域没有人拥有角色。",
  ended: "已停用",
  since: (text) => `自 ${text} 起`,
  rolesHere: "此处的角色",
  change: "更改",
  saveRoles: "保存角色",
  sessions: "会话",
  noSessions: "没有在任何地方登录。",
  signOut: "在所有设备退出",
  inviteAgain: "再次邀请",
  endAccount: "停用账户",
  sure: "确定执行",
  letIn: "邀请新成员",
  letInLead: "对方会得到一个只能打开一次、三天内有效的链接。",
  name: "名称",
  loginHint: "字母、数字和 . @ + - _，以后不能更改。",
  invite: "生成链接",
  linkOnce: (name, when) => `供 ${name} 使用，有效期至 ${when}。仅显示这一次，请通过可信的方式发送。`,
  more: "显示更多",
  ownKeys: "您的 API 密钥",
  keysLead: "密钥只能做所列之事，绝不超过您本人的权限，并会自行到期。",
  noKeys: "您没有密钥。",
  newKey: "新密钥",
  keyHint: "它的用途。",
  may: "它可以",
  days: "有效天数",
  daysHint: "最多 366 天。",
  makeKey: "生成密钥",
  keyOnce: "密钥，仅显示这一次：",
  ends: (text) => `${text} 到期`,
  revoked: (text) => `${text} 撤销`,
  neverUsed: "从未使用",
  used: (text) => `上次使用 ${text}`,
  revoke: "撤销",
  trailLead: "每一行都与前一行相链。成批的记录以哈希写入公开日志，既固定了所做之事，又不泄露内容。",
  proved: "已入日志",
  unproved: "尚未入日志",
  providers: "其他服务",
  providersLead: "配置中用于登录的服务。只有已建账户的人才能进入。",
  noProviders: "未配置任何服务：人们使用通行密钥或密码登录。",
  districts: "区域",
  noDistricts: "本市还没有划分区域。",
  slug: "地址中的名称",
  slugHint: "小写字母、数字和连字符。",
  addDistrict: "添加区域",
  scopes: {
    "accounts:read": "查看账户",
    "accounts:write": "更改账户",
    "districts:write": "添加区域",
    "audit-trail:read": "读取审计记录",
    "alarms:read": "查看告警",
    "alarms:write": "更改告警与规则",
    "enrolments:read": "查看登记申请",
    "enrolments:decide": "处理登记申请",
  },
  actions: {
    "district-added": "添加区域",
    "account-added": "添加账户",
    "account-ended": "停用账户",
    "roles-changed": "更改角色",
    invited: "发出邀请",
    "invitation-taken": "接受邀请",
    "signed-in": "登录",
    "signed-out": "退出",
    "signed-out-everywhere": "在所有设备退出",
    "sign-ins-slowed": "限制登录尝试",
    "password-set": "设置密码",
    "passkey-added": "添加通行密钥",
    "passkey-removed": "删除通行密钥",
    "passkey-cloned": "通行密钥被复制",
    "identity-linked": "关联其他服务",
    "key-made": "创建 API 密钥",
    "key-revoked": "撤销 API 密钥",
    "report-deleted": "删除报告",
    "visit-recorded": "记录到访",
    "visit-changed": "更改到访",
    "visit-photo-added": "添加到访照片",
    "visit-photo-deleted": "删除到访照片",
    "site-shown": "查看现场配置",
    "broker-account-made": "创建代理账户",
    "enrolment-asked": "申请登记",
    "enrolment-approved": "批准登记",
    "enrolment-declined": "拒绝登记",
    "enrolment-withdrawn": "撤回登记申请",
    "alarm-acknowledged": "确认告警",
    "alarm-rule-added": "创建告警规则",
    "alarm-rule-changed": "更改告警规则",
    "alarm-rule-removed": "删除告警规则",
    "alarm-target-added": "添加通知对象",
    "alarm-target-removed": "删除通知对象",
    "rows-forgotten": "更早的记录已删除",
    "alarm-target-tested": "测试通知对象",
  },
};

export const peopleTexts: Dictionary<PeopleTexts> = { en, ko, zh };
