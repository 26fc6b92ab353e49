/** Texts of the page where people who work for the city sign in. */

import type { Dictionary } from "./language.ts";

/** What can go wrong, by the API's reason. */
export const PROBLEMS = [
  "wrong-credentials",
  "wrong-challenge",
  "passkey-cloned",
  "too-many-tries",
  "invitation-over",
  "no-account",
  "provider-refused",
  "provider-failed",
  "insecure-address",
  "cross-site",
  "sign-in-again",
  "bad-password",
  "bad-passkey",
  "last-way-in",
  "taken",
  "cancelled",
  "device-knows-it",
  "offline",
  "other",
] as const;
export type Problem = (typeof PROBLEMS)[number];
export const ROLES = ["crew", "operator", "auditor", "issuer", "registrar", "partner"] as const;

export interface SignInTexts {
  readonly title: string;
  readonly lead: string;
  readonly citizens: string;
  readonly passkey: string;
  readonly passkeyHint: string;
  readonly noPasskeys: string;
  readonly waiting: string;
  readonly by: (service: string) => string;
  readonly passwordInstead: string;
  readonly login: string;
  readonly password: string;
  readonly showPassword: string;
  readonly signIn: string;
  readonly lost: string;
  readonly welcome: (name: string) => string;
  readonly welcomeLead: (login: string) => string;
  readonly makePasskey: string;
  readonly makePasskeyHint: string;
  readonly deviceName: string;
  readonly thisDevice: string;
  readonly newPassword: string;
  readonly newPasswordHint: string;
  readonly setPassword: string;
  readonly signedInAs: string;
  readonly until: (when: string) => string;
  readonly roles: string;
  readonly wholeCity: string;
  readonly noRoles: string;
  readonly crewPage: string;
  readonly role: Readonly<Record<string, string>>;
  readonly passkeys: string;
  readonly addPasskey: string;
  readonly remove: string;
  readonly neverUsed: string;
  readonly lastUsed: (when: string) => string;
  readonly cloned: string;
  readonly alsoPassword: string;
  readonly sessions: string;
  readonly current: string;
  readonly method: Readonly<Record<string, string>>;
  readonly end: string;
  readonly signOut: string;
  readonly signOutEverywhere: string;
  readonly problem: Readonly<Record<Problem, string>>;
  readonly wait: (seconds: string) => string;
}

const en: SignInTexts = {
  title: "Sign in",
  lead: "For crews and staff of the city.",
  citizens: "Everything that the city shows to citizens needs no account.",
  passkey: "Sign in with a passkey",
  passkeyHint: "Your finger, face or PIN, on this device or on your phone. It cannot be guessed, and works for no other site.",
  noPasskeys: "This browser or this address has no passkeys. In the demo, open the page under localhost; otherwise use a password.",
  waiting: "Your device asks you …",
  by: (service) => `Continue with ${service}`,
  passwordInstead: "With a password",
  login: "Login",
  password: "Password",
  showPassword: "Show the password",
  signIn: "Sign in",
  lost: "Lost your passkey or password? An operator of your district sends you a new invitation.",
  welcome: (name) => `Welcome, ${name}`,
  welcomeLead: (login) => `You have been invited as ${login}. Choose how you will sign in; this link works once.`,
  makePasskey: "Make a passkey",
  makePasskeyHint: "Recommended. Your device keeps it, and you confirm with finger, face or PIN. There is nothing to remember.",
  deviceName: "Name of this device",
  thisDevice: "My device",
  newPassword: "New password",
  newPasswordHint: "At least 12 characters. A sentence is a good one.",
  setPassword: "Use this password",
  signedInAs: "You are signed in",
  until: (when) => `Until ${when}, if you do nothing more`,
  roles: "What you may do",
  wholeCity: "whole city",
  noRoles: "You have no role at present. An operator of your district can give you one.",
  crewPage: "Where crews are needed",
  role: { crew: "Crew", operator: "Operator", auditor: "Auditor", issuer: "Issuer", registrar: "Registrar", partner: "Partner" },
  passkeys: "Your passkeys",
  addPasskey: "Add a passkey",
  remove: "Remove",
  neverUsed: "never used to sign in",
  lastUsed: (when) => `last used ${when}`,
  cloned: "There seem to be two of this passkey. It opens nothing any more: remove it and add another one.",
  alsoPassword: "You can also sign in with a password.",
  sessions: "Where you are signed in",
  current: "here",
  method: { passkey: "passkey", password: "password", oidc: "another service", invitation: "invitation" },
  end: "End",
  signOut: "Sign out",
  signOutEverywhere: "Sign out everywhere",
  problem: {
    "wrong-credentials": "This does not open an account here. Check login and password, or use another passkey.",
    "wrong-challenge": "That took too long. Please begin again.",
    "passkey-cloned": "There seem to be two of this passkey, so neither opens your account any more. Use another way in and tell an operator.",
    "too-many-tries": "Too many attempts failed. Please wait, or use a passkey.",
    "invitation-over": "This invitation was used, replaced, or is too old. Ask an operator for another one.",
    "no-account": "You have no account here under that login. An operator of your district can invite you.",
    "provider-refused": "The other service did not confirm who you are. Please begin again.",
    "provider-failed": "The other service does not answer. Try again later, or use a passkey.",
    "insecure-address": "Signing in needs a secure address (https). Tell whoever runs this server.",
    "cross-site": "This request did not come from the city’s own page. Load the page again.",
    "sign-in-again": "For this you must have signed in during the last minutes. Sign out and in again.",
    "bad-password": "This password is too short or too easily guessed. It must not be made of your name.",
    "bad-passkey": "The passkey could not be taken. Please try again.",
    "last-way-in": "This is the only way into your account. Add another one first.",
    taken: "This passkey is known here already.",
    cancelled: "Nothing was confirmed on your device.",
    "device-knows-it": "This device has a passkey for your account already.",
    offline: "The city’s server does not answer. Check your connection.",
    other: "That did not work.",
  },
  wait: (seconds) => `Wait ${seconds} s.`,
};

const ko: SignInTexts = {
  title: "로그인",
  lead: "시의 현장 작업자와 직원을 위한 페이지입니다.",
  citizens: "시민에게 보여 주는 모든 것은 계정 없이 볼 수 있습니다.",
  passkey: "패스키로 로그인",
  passkeyHint: "이 기기나 휴대전화에서 지문, 얼굴 또는 PIN으로 확인합니다. 추측할 수 없고 다른 사이트에서는 쓸 수 없습니다.",
  noPasskeys: "이 브라우저나 주소에서는 패스키를 쓸 수 없습니다. 데모에서는 localhost 주소로 열고, 그 밖에는 비밀번호를 쓰세요.",
  waiting: "기기에서 확인을 기다리는 중 …",
  by: (service) => `${service}(으)로 계속`,
  passwordInstead: "비밀번호로 로그인",
  login: "로그인 이름",
  password: "비밀번호",
  showPassword: "비밀번호 표시",
  signIn: "로그인",
  lost: "패스키나 비밀번호를 잃어버렸나요? 구역의 운영자가 새 초대 링크를 보내 드립니다.",
  welcome: (name) => `${name} 님, 환영합니다`,
  welcomeLead: (login) => `${login} 계정으로 초대되었습니다. 로그인 방법을 고르세요. 이 링크는 한 번만 쓸 수 있습니다.`,
  makePasskey: "패스키 만들기",
  makePasskeyHint: "권장합니다. 패스키는 기기에 보관되며 지문, 얼굴 또는 PIN으로 확인합니다. 외울 것이 없습니다.",
  deviceName: "이 기기의 이름",
  thisDevice: "내 기기",
  newPassword: "새 비밀번호",
  newPasswordHint: "12자 이상. 문장이면 좋습니다.",
  setPassword: "이 비밀번호 사용",
  signedInAs: "로그인되어 있습니다",
  until: (when) => `더 이상 사용하지 않으면 ${when}까지`,
  roles: "할 수 있는 일",
  wholeCity: "시 전체",
  noRoles: "현재 맡은 역할이 없습니다. 구역의 운영자가 역할을 줄 수 있습니다.",
  crewPage: "현장 작업자 페이지",
  role: { crew: "현장 작업자", operator: "운영자", auditor: "감사자", issuer: "발행자", registrar: "등록 담당자", partner: "협력 업체" },
  passkeys: "내 패스키",
  addPasskey: "패스키 추가",
  remove: "삭제",
  neverUsed: "로그인에 쓴 적 없음",
  lastUsed: (when) => `마지막 사용: ${when}`,
  cloned: "이 패스키가 둘 있는 것으로 보입니다. 더는 쓸 수 없으니 삭제하고 새로 추가하세요.",
  alsoPassword: "비밀번호로도 로그인할 수 있습니다.",
  sessions: "로그인된 곳",
  current: "여기",
  method: { passkey: "패스키", password: "비밀번호", oidc: "다른 서비스", invitation: "초대" },
  end: "끝내기",
  signOut: "로그아웃",
  signOutEverywhere: "모든 곳에서 로그아웃",
  problem: {
    "wrong-credentials": "이것으로는 계정을 열 수 없습니다. 로그인 이름과 비밀번호를 확인하거나 다른 패스키를 쓰세요.",
    "wrong-challenge": "시간이 너무 오래 걸렸습니다. 다시 시작하세요.",
    "passkey-cloned": "이 패스키가 둘 있는 것으로 보여 둘 다 쓸 수 없게 했습니다. 다른 방법으로 로그인하고 운영자에게 알리세요.",
    "too-many-tries": "실패한 시도가 너무 많습니다. 잠시 기다리거나 패스키를 쓰세요.",
    "invitation-over": "이 초대는 이미 쓰였거나 바뀌었거나 너무 오래되었습니다. 운영자에게 다시 요청하세요.",
    "no-account": "이 로그인 이름의 계정이 없습니다. 구역의 운영자가 초대할 수 있습니다.",
    "provider-refused": "다른 서비스가 본인임을 확인하지 않았습니다. 다시 시작하세요.",
    "provider-failed": "다른 서비스가 응답하지 않습니다. 나중에 다시 시도하거나 패스키를 쓰세요.",
    "insecure-address": "로그인하려면 안전한 주소(https)가 필요합니다. 서버 담당자에게 알리세요.",
    "cross-site": "시의 페이지에서 온 요청이 아닙니다. 페이지를 다시 불러오세요.",
    "sign-in-again": "이 작업은 몇 분 안에 로그인한 경우에만 할 수 있습니다. 로그아웃한 뒤 다시 로그인하세요.",
    "bad-password": "비밀번호가 너무 짧거나 쉽게 추측할 수 있습니다. 이름으로 만들 수 없습니다.",
    "bad-passkey": "패스키를 받아들일 수 없습니다. 다시 시도하세요.",
    "last-way-in": "계정에 들어가는 유일한 방법입니다. 먼저 다른 방법을 추가하세요.",
    taken: "이미 알려진 패스키입니다.",
    cancelled: "기기에서 확인되지 않았습니다.",
    "device-knows-it": "이 기기에는 이미 이 계정의 패스키가 있습니다.",
    offline: "시의 서버가 응답하지 않습니다. 연결을 확인하세요.",
    other: "실패했습니다.",
  },
  wait: (seconds) => `${seconds}초 기다리세요.`,
};

const zh: SignInTexts = {
  title: "登录",
  lead: "供城市的外勤人员和工作人员使用。",
  citizens: "城市向市民展示的一切都无需账户。",
  passkey: "使用通行密钥登录",
  passkeyHint: "在此设备或手机上用指纹、面容或 PIN 确认。它无法被猜中，也不能用于其他网站。",
  noPasskeys: "此浏览器或此地址不支持通行密钥。演示时请用 localhost 打开；否则请使用密码。",
  waiting: "正在等待您在设备上确认……",
  by: (service) => `使用“${service}”继续`,
  passwordInstead: "使用密码",
  login: "登录名",
  password: "密码",
  showPassword: "显示密码",
  signIn: "登录",
  lost: "丢失了通行密钥或密码？您所在区的运营人员会给您发送新的邀请。",
  welcome: (name) => `${name}，欢迎您`,
  welcomeLead: (login) => `您被邀请使用账户 ${login}。请选择登录方式；此链接只能使用一次。`,
  makePasskey: "创建通行密钥",
  makePasskeyHint: "推荐。它保存在您的设备中，用指纹、面容或 PIN 确认，无需记忆。",
  deviceName: "此设备的名称",
  thisDevice: "我的设备",
  newPassword: "新密码",
  newPasswordHint: "至少 12 个字符。一句话就很好。",
  setPassword: "使用此密码",
  signedInAs: "您已登录",
  until: (when) => `如无更多操作，有效至 ${when}`,
  roles: "您的权限",
  wholeCity: "全市",
  noRoles: "您目前没有角色。您所在区的运营人员可以授予。",
  crewPage: "维护人员页面",
  role: { crew: "外勤人员", operator: "运营人员", auditor: "审计人员", issuer: "发放人员", registrar: "登记人员", partner: "合作伙伴" },
  passkeys: "您的通行密钥",
  addPasskey: "添加通行密钥",
  remove: "移除",
  neverUsed: "从未用于登录",
  lastUsed: (when) => `上次使用：${when}`,
  cloned: "此通行密钥似乎有两份，已不能再使用：请移除并添加另一个。",
  alsoPassword: "您也可以使用密码登录。",
  sessions: "您已登录的位置",
  current: "此处",
  method: { passkey: "通行密钥", password: "密码", oidc: "其他服务", invitation: "邀请" },
  end: "结束",
  signOut: "退出登录",
  signOutEverywhere: "在所有位置退出登录",
  problem: {
    "wrong-credentials": "这无法打开任何账户。请检查登录名和密码，或使用另一个通行密钥。",
    "wrong-challenge": "时间过长，请重新开始。",
    "passkey-cloned": "此通行密钥似乎有两份，因此两者都不能再使用。请用其他方式登录并告知运营人员。",
    "too-many-tries": "失败次数过多。请稍候，或使用通行密钥。",
    "invitation-over": "此邀请已被使用、已被替换或已过期。请向运营人员索取新的邀请。",
    "no-account": "此登录名在这里没有账户。您所在区的运营人员可以邀请您。",
    "provider-refused": "其他服务未确认您的身份。请重新开始。",
    "provider-failed": "其他服务没有响应。请稍后再试，或使用通行密钥。",
    "insecure-address": "登录需要安全地址（https）。请告知服务器管理员。",
    "cross-site": "此请求并非来自城市自己的页面。请重新加载页面。",
    "sign-in-again": "此操作要求您在最近几分钟内登录过。请退出后重新登录。",
    "bad-password": "此密码太短或太容易猜到，且不能由您的姓名组成。",
    "bad-passkey": "无法接受此通行密钥。请重试。",
    "last-way-in": "这是进入您账户的唯一方式。请先添加另一种方式。",
    taken: "此通行密钥已登记。",
    cancelled: "您的设备上没有确认。",
    "device-knows-it": "此设备已有您账户的通行密钥。",
    offline: "城市的服务器没有响应。请检查网络连接。",
    other: "操作未成功。",
  },
  wait: (seconds) => `请等待 ${seconds} 秒。`,
};

export const signInTexts: Dictionary<SignInTexts> = { en, ko, zh };
