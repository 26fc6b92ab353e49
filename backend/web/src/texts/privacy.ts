/** What these pages know of their readers. */

import type { Dictionary } from "./language.ts";
import type { Section } from "./proves.ts";

export interface PrivacyTexts {
  readonly title: string;
  readonly lead: string;
  readonly sections: readonly Section[];
  readonly kept: string;
  readonly keptLead: string;
  readonly forget: string;
  readonly forgetHint: string;
  readonly forgotten: string;
}

const en: PrivacyTexts = {
  title: "Privacy",
  lead: "You need no account and no name here. These pages set no cookies, measure nobody and fetch nothing from anybody but the city.",
  sections: [
    { title: "When you look at a bin or a tree", says: ["Your browser asks the city’s server for that place, like for any page. The check runs in your browser; nobody is told what came of it.", "The device does not see you. Bins know that a lid was opened, not by whom."] },
    { title: "When you claim a deposit", says: ["Your browser makes a key and keeps it. The city learns the key’s fingerprint and which deposit it claims, and tells nobody else whose it is.", "Your phone opens the code’s address once; after that the code stays out of every address that your browser sends."] },
    { title: "When you report a problem", says: ["The city gets the kind of problem, your words and your photo. Place, time and device inside the photo are removed before it is kept.", "You can take a report back while its page is open."] },
    { title: "When you scan a code", says: ["The camera’s picture is read on your phone and goes nowhere."] },
    { title: "The public log is for ever", says: ["It holds what devices measured and what the city stated, and nothing about citizens. Card numbers never enter it: it has only a value from which nobody can compute them, and what opens it is deleted."] },
    { title: "When you look up a block", says: ["Only on that page, and only if you ask for it, your browser asks a server that you choose."] },
  ],
  kept: "What this browser keeps",
  keptLead: "Your language, the city’s root keys that you saw first, the key of your claims, and the places that you looked at, so that they open without a network. None of it is sent, but for the fingerprint of that key when you claim.",
  forget: "Delete all of it",
  forgetHint: "Claims cannot be shown to be yours after that.",
  forgotten: "It is deleted.",
};

const ko: PrivacyTexts = {
  title: "개인정보",
  lead: "여기서는 계정도 이름도 필요 없습니다. 이 페이지는 쿠키를 두지 않고, 누구도 추적하지 않으며, 도시 말고는 어디에서도 아무것도 가져오지 않습니다.",
  sections: [
    { title: "수거함이나 나무를 볼 때", says: ["브라우저는 여느 페이지처럼 그 장소를 도시 서버에 묻습니다. 확인은 브라우저 안에서 이루어지고 결과는 아무에게도 알리지 않습니다.", "장치는 사람을 보지 않습니다. 수거함은 뚜껑이 열렸다는 것만 알 뿐 누가 열었는지 모릅니다."] },
    { title: "넣은 것을 신청할 때", says: ["브라우저가 키를 만들어 보관합니다. 도시는 키의 지문과 어떤 투입을 신청하는지만 알며, 누구의 것인지 다른 이에게 알리지 않습니다.", "휴대폰은 코드의 주소를 한 번만 엽니다. 그 뒤로 브라우저가 보내는 주소에는 코드가 들어가지 않습니다."] },
    { title: "문제를 알릴 때", says: ["도시는 문제의 종류와 글과 사진을 받습니다. 사진에 든 장소, 시각, 기기는 저장 전에 지웁니다.", "페이지가 열려 있는 동안 신고를 취소할 수 있습니다."] },
    { title: "코드를 스캔할 때", says: ["카메라의 화면은 휴대폰에서만 읽고 어디로도 보내지 않습니다."] },
    { title: "공개 로그는 영원합니다", says: ["장치가 잰 것과 도시가 진술한 것만 담고, 시민에 대한 것은 없습니다. 카드 번호는 들어가지 않습니다. 거꾸로 계산할 수 없는 값만 있고, 그것을 여는 것은 삭제됩니다."] },
    { title: "블록을 찾아볼 때", says: ["그 페이지에서만, 그리고 요청할 때만, 직접 고른 서버에 브라우저가 묻습니다."] },
  ],
  kept: "이 브라우저가 보관하는 것",
  keptLead: "언어, 처음 본 도시의 최상위 키, 신청에 쓰는 키, 그리고 네트워크 없이도 열리도록 살펴본 장소들입니다. 신청할 때 그 키의 지문을 보내는 것 말고는 아무것도 보내지 않습니다.",
  forget: "모두 삭제",
  forgetHint: "그 뒤에는 신청한 것이 내 것임을 보일 수 없습니다.",
  forgotten: "삭제되었습니다.",
};

const zh: PrivacyTexts = {
  title: "隐私",
  lead: "在这里您无需账号，也无需姓名。这些页面不设 Cookie，不追踪任何人，除城市外不从任何地方获取内容。",
  sections: [
    { title: "当您查看垃圾箱或树木时", says: ["您的浏览器像打开任何网页一样向城市服务器请求该地点。核验在您的浏览器中进行，结果不告知任何人。", "设备看不见您。垃圾箱只知道箱盖被打开，不知道是谁打开的。"] },
    { title: "当您认领投放时", says: ["您的浏览器生成并保存一把密钥。城市只得知密钥的指纹及其认领的投放，不会告诉他人归谁所有。", "您的手机只打开一次二维码中的网址；此后浏览器发送的网址都不含此码。"] },
    { title: "当您报告问题时", says: ["城市会收到问题种类、您的文字和照片。照片中的地点、时间和设备信息在保存前删除。", "页面打开期间您可以撤回报告。"] },
    { title: "当您扫码时", says: ["相机画面只在您的手机上识别，不会发往任何地方。"] },
    { title: "公开日志永久保存", says: ["其中只有设备的测量结果和城市的声明，没有市民的信息。卡号从不进入日志：日志中只有无法反推的数值，而能打开它的内容会被删除。"] },
    { title: "当您查询区块时", says: ["只有在该页面、且由您要求时，您的浏览器才会询问您选择的服务器。"] },
  ],
  kept: "此浏览器保存的内容",
  keptLead: "您的语言、您最先看到的城市根密钥、用于认领的密钥，以及您查看过的地点（以便没有网络时也能打开）。除认领时发送该密钥的指纹外，其中任何内容都不会发送。",
  forget: "全部删除",
  forgetHint: "此后将无法证明认领归您所有。",
  forgotten: "已删除。",
};

export const privacyTexts: Dictionary<PrivacyTexts> = { en, ko, zh };
