/** Texts of the page for crews: where they are needed, what they find and write there, and what waits to be sent. */

import type { Dictionary } from "./language.ts";
import type { Care, Need, Outcome } from "../crew/types.ts";

export interface CrewTexts {
  readonly title: string;
  readonly signInNeeded: string;
  readonly signInHint: string;
  readonly signIn: string;
  readonly signedOut: string;
  readonly signedOutHint: (count: number) => string;
  readonly offlineFirst: string;
  readonly offlineFirstHint: string;
  readonly noRole: string;
  readonly noRoleHint: string;
  readonly forgetful: string;
  readonly district: string;
  readonly near: string;
  readonly queue: string;
  readonly provision: string;
  readonly where: string;
  readonly position: string;
  readonly locating: string;
  readonly refused: string;
  readonly noPosition: string;
  readonly onMap: string;
  readonly here: string;
  readonly mapHint: string;
  readonly map: string;
  readonly closeMap: string;
  readonly byNumber: string;
  readonly number: string;
  readonly open: string;
  readonly scan: string;
  readonly nearPosition: string;
  readonly nearMap: string;
  readonly choosePlace: string;
  readonly choosePlaceHint: string;
  readonly filter: string;
  readonly all: string;
  readonly needs: Readonly<Record<Need, string>>;
  readonly nothing: string;
  readonly nothingHint: string;
  readonly more: string;
  readonly keptList: (ago: string) => string;
  readonly noPlace: string;
  readonly directions: string;
  readonly page: string;
  readonly back: string;
  readonly notKept: string;
  readonly notKeptHint: string;
  readonly unknownPlace: string;
  readonly otherDistrict: string;
  readonly wrong: string;
  readonly allWell: string;
  readonly check: string;
  readonly silent: string;
  readonly silentSince: (ago: string) => string;
  readonly heard: (ago: string) => string;
  readonly neverHeard: string;
  readonly reports: string;
  readonly reportPhoto: string;
  readonly record: string;
  readonly outcome: string;
  readonly outcomes: Readonly<Record<Outcome, string>>;
  readonly note: string;
  readonly noteHint: string;
  readonly care: string;
  readonly careHint: string;
  readonly cares: Readonly<Record<Care, string>>;
  readonly careNote: string;
  readonly photos: string;
  readonly addPhoto: string;
  readonly removePhoto: (number: number) => string;
  readonly photoAlt: (number: number) => string;
  readonly noPicture: string;
  readonly mends: string;
  readonly mendsHint: string;
  readonly save: string;
  readonly saving: string;
  readonly savedSent: string;
  readonly savedWaiting: string;
  readonly readOnly: string;
  readonly history: string;
  readonly noHistory: string;
  readonly alarmBegan: (name: string) => string;
  readonly alarmOver: (name: string) => string;
  readonly faultBegan: (name: string) => string;
  readonly faultOver: (name: string) => string;
  readonly device: (kid: string) => string;
  readonly reportCame: (problem: string) => string;
  readonly reportMended: (problem: string) => string;
  readonly proof: string;
  readonly changed: string;
  readonly by: (author: string) => string;
  readonly you: string;
  readonly change: string;
  readonly changing: string;
  readonly cancel: string;
  readonly queueLead: string;
  readonly queueEmpty: string;
  readonly sendNow: string;
  readonly states: Readonly<Record<"waiting" | "sending" | "conflict" | "refused" | "sent", string>>;
  readonly photosOf: (sent: number, all: number) => string;
  readonly photosRefused: (count: number) => string;
  readonly ofOthers: (count: number) => string;
  readonly refusedHint: (reason: string) => string;
  readonly conflict: string;
  readonly conflictNew: string;
  readonly conflictSame: string;
  readonly yours: string;
  readonly meanwhile: string;
  readonly yourWords: string;
  readonly sendToo: string;
  readonly inPlace: string;
  readonly join: string;
  readonly drop: string;
  readonly dropSure: string;
  readonly keep: string;
  readonly tryAgain: string;
}

const en: CrewTexts = {
  title: "Where you are needed",
  signInNeeded: "This page is for the city’s crews.",
  signInHint: "Sign in, and it shows what is wrong near you. It then works without a network, too.",
  signIn: "Sign in",
  signedOut: "You are signed out.",
  signedOutHint: (count) => (count === 0 ? "What you see is what this phone kept." : `${count === 1 ? "One entry waits" : `${count} entries wait`} on this phone and will be sent when you have signed in. Nothing is lost.`),
  offlineFirst: "No connection, and nobody has signed in on this phone yet.",
  offlineFirstHint: "Open this page once with a network; from then on it works without.",
  noRole: "Your account has no part in this.",
  noRoleHint: "An operator gives accounts the role of a crew in a district.",
  forgetful: "This browser keeps nothing: do not close the page before everything is sent.",
  district: "District",
  near: "Nearby",
  queue: "To send",
  provision: "Set up",
  where: "Where are you?",
  position: "Use my position",
  locating: "Looking for your position …",
  refused: "This browser does not give your position away. Choose a place on the map, or a number.",
  noPosition: "Your position cannot be found here. Choose a place on the map, or a number.",
  onMap: "Choose on the map",
  here: "I am in the middle of this map",
  mapHint: "Move the map until the place is in its middle. Arrow keys and + − work too.",
  map: "Map for choosing a place",
  closeMap: "Close the map",
  byNumber: "Open by its number",
  number: "Number on the label",
  open: "Open",
  scan: "Scan a label",
  nearPosition: "Near your position",
  nearMap: "Near the place that you chose",
  choosePlace: "Say where you are first.",
  choosePlaceHint: "The list begins with what is nearest. Where you are is asked for once and kept on this phone alone.",
  filter: "Show only",
  all: "All",
  needs: { fault: "Faults", alarm: "Alarms", silent: "Silent", report: "Reports" },
  nothing: "Nothing needs you here.",
  nothingHint: "No device of this district says that something is wrong, and no citizen does.",
  more: "Show more",
  keptList: (ago) => `No connection. This list is from ${ago}.`,
  noPlace: "place unknown",
  directions: "Directions",
  page: "Its public page",
  back: "All that is near",
  notKept: "This phone has not kept what is known of this place.",
  notKeptHint: "You can write down your visit all the same; it is sent later.",
  unknownPlace: "The city knows nothing under this number.",
  otherDistrict: "It may lie in another district.",
  wrong: "What is wrong",
  allWell: "The device says that all is well.",
  check: "Check",
  silent: "Silent",
  silentSince: (ago) => `since ${ago}`,
  heard: (ago) => `Last heard ${ago}`,
  neverHeard: "Never heard",
  reports: "Citizens report",
  reportPhoto: "Photo of the report",
  record: "Record your visit",
  outcome: "How did it end?",
  outcomes: { done: "Done: it works again", again: "Somebody has to come again", nothing: "Nothing was wrong" },
  note: "Note for colleagues",
  noteHint: "What you found and did. Colleagues of the district read it; it is not public.",
  care: "What was done for the tree",
  careHint: "Everybody can read this on the tree’s page, with a proof. Your name is not told.",
  cares: { watered: "Watered", pruned: "Pruned", treated: "Treated", inspected: "Inspected" },
  careNote: "A word for the tree’s page (optional, public)",
  photos: "Photos",
  addPhoto: "Add a photo",
  removePhoto: (number) => `Leave photo ${number} out`,
  photoAlt: (number) => `Photo ${number}`,
  noPicture: "That is no picture that this browser can read.",
  mends: "Which reports does this settle?",
  mendsHint: "They are closed when the visit is done.",
  save: "Save the visit",
  saving: "Saving …",
  savedSent: "It is with the city.",
  savedWaiting: "It is kept on this phone, and sent as soon as there is a network.",
  readOnly: "You may read this and change nothing.",
  history: "What happened here",
  noHistory: "Nothing is known yet.",
  alarmBegan: (name) => `Alarm: ${name}`,
  alarmOver: (name) => `Alarm over: ${name}`,
  faultBegan: (name) => `Fault: ${name}`,
  faultOver: (name) => `Works again: ${name}`,
  device: (kid) => `Device ${kid} was put here`,
  reportCame: (problem) => `A citizen reported: ${problem}`,
  reportMended: (problem) => `Report settled: ${problem}`,
  proof: "Proof",
  changed: "changed",
  by: (author) => `by ${author}`,
  you: "by you",
  change: "Change",
  changing: "You change a visit that is recorded. What it said before is kept.",
  cancel: "Leave it as it is",
  queueLead: "What you wrote is on this phone until the city has it. It is sent by itself when there is a network.",
  queueEmpty: "Everything is with the city.",
  sendNow: "Send now",
  states: { waiting: "waits for a network", sending: "is being sent", conflict: "needs your decision", refused: "the city refused it", sent: "is with the city" },
  photosOf: (sent, all) => `${sent} of ${all} photos sent`,
  photosRefused: (count) => (count === 1 ? "one photo was refused" : `${count} photos were refused`),
  ofOthers: (count) => (count === 1 ? "One entry of another account waits on this phone; it is sent when that account signs in." : `${count} entries of other accounts wait on this phone; they are sent when those sign in.`),
  refusedHint: (reason) => `The city does not take it (${reason}). Your words stay here: try again, or take them out.`,
  conflict: "Somebody else was faster",
  conflictNew: "Since you last saw this place, a colleague wrote something. Nothing of yours is sent, and nothing of theirs is changed, until you decide.",
  conflictSame: "This visit was changed elsewhere since you saw it. Nothing is written over until you decide.",
  yours: "What you wrote",
  meanwhile: "What was written meanwhile",
  yourWords: "Your note; change it if you like",
  sendToo: "Keep both: send mine as well",
  inPlace: "Put mine in its place; the other stays in the history",
  join: "Put both notes together",
  drop: "Throw mine away",
  dropSure: "Press again to throw it away",
  keep: "Decide later",
  tryAgain: "Try again",
};

const ko: CrewTexts = {
  title: "도움이 필요한 곳",
  signInNeeded: "이 페이지는 도시의 현장 작업자를 위한 것입니다.",
  signInHint: "로그인하면 가까이에서 무엇이 잘못되었는지 보여 줍니다. 그 뒤에는 네트워크 없이도 작동합니다.",
  signIn: "로그인",
  signedOut: "로그아웃되었습니다.",
  signedOutHint: (count) => (count === 0 ? "이 휴대폰에 저장된 내용이 보입니다." : `이 휴대폰에 ${count}건이 기다리고 있으며 로그인하면 전송됩니다. 잃어버리는 것은 없습니다.`),
  offlineFirst: "연결이 없고, 이 휴대폰에서 아직 아무도 로그인하지 않았습니다.",
  offlineFirstHint: "네트워크가 있을 때 이 페이지를 한 번 여십시오. 그 뒤에는 없어도 작동합니다.",
  noRole: "이 계정에는 여기에 해당하는 역할이 없습니다.",
  noRoleHint: "운영자가 계정에 구역의 현장 작업자 역할을 줍니다.",
  forgetful: "이 브라우저는 아무것도 저장하지 않습니다. 모두 전송될 때까지 페이지를 닫지 마십시오.",
  district: "구역",
  near: "가까운 곳",
  queue: "보낼 것",
  provision: "설치",
  where: "어디에 계십니까?",
  position: "내 위치 사용",
  locating: "위치를 찾는 중 …",
  refused: "이 브라우저가 위치를 알려 주지 않습니다. 지도에서 고르거나 번호를 입력하십시오.",
  noPosition: "여기서는 위치를 찾을 수 없습니다. 지도에서 고르거나 번호를 입력하십시오.",
  onMap: "지도에서 고르기",
  here: "나는 이 지도 가운데에 있습니다",
  mapHint: "그곳이 가운데 오도록 지도를 움직이십시오. 화살표 키와 + − 도 됩니다.",
  map: "위치를 고르는 지도",
  closeMap: "지도 닫기",
  byNumber: "번호로 열기",
  number: "라벨의 번호",
  open: "열기",
  scan: "라벨 스캔",
  nearPosition: "내 위치 가까이",
  nearMap: "고른 곳 가까이",
  choosePlace: "먼저 어디에 있는지 알려 주십시오.",
  choosePlaceHint: "목록은 가장 가까운 것부터 시작합니다. 위치는 한 번만 물어보고 이 휴대폰에만 둡니다.",
  filter: "보기",
  all: "모두",
  needs: { fault: "고장", alarm: "경보", silent: "침묵", report: "신고" },
  nothing: "여기에는 할 일이 없습니다.",
  nothingHint: "이 구역의 장치도 시민도 문제를 알리지 않았습니다.",
  more: "더 보기",
  keptList: (ago) => `연결이 없습니다. 이 목록은 ${ago} 것입니다.`,
  noPlace: "위치 모름",
  directions: "길 찾기",
  page: "공개 페이지",
  back: "가까운 곳 모두",
  notKept: "이 휴대폰에는 이곳에 대해 저장된 것이 없습니다.",
  notKeptHint: "그래도 방문을 적을 수 있으며, 나중에 전송됩니다.",
  unknownPlace: "이 번호로 도시가 아는 것이 없습니다.",
  otherDistrict: "다른 구역에 있을 수 있습니다.",
  wrong: "무엇이 잘못되었나",
  allWell: "장치는 모두 정상이라고 합니다.",
  check: "확인할 것",
  silent: "침묵",
  silentSince: (ago) => `${ago}부터`,
  heard: (ago) => `마지막 소식 ${ago}`,
  neverHeard: "소식이 온 적 없음",
  reports: "시민의 신고",
  reportPhoto: "신고 사진",
  record: "방문 기록하기",
  outcome: "어떻게 끝났습니까?",
  outcomes: { done: "완료: 다시 작동함", again: "누군가 다시 와야 함", nothing: "문제가 없었음" },
  note: "동료를 위한 메모",
  noteHint: "무엇을 보았고 무엇을 했는지 적으십시오. 구역의 동료가 읽으며 공개되지 않습니다.",
  care: "나무에 한 일",
  careHint: "누구나 나무 페이지에서 증명과 함께 읽을 수 있습니다. 이름은 알리지 않습니다.",
  cares: { watered: "물 주기", pruned: "가지치기", treated: "치료", inspected: "점검" },
  careNote: "나무 페이지에 남길 말(선택, 공개)",
  photos: "사진",
  addPhoto: "사진 추가",
  removePhoto: (number) => `사진 ${number} 빼기`,
  photoAlt: (number) => `사진 ${number}`,
  noPicture: "이 브라우저가 읽을 수 있는 사진이 아닙니다.",
  mends: "어느 신고가 해결되었습니까?",
  mendsHint: "방문이 끝나면 닫힙니다.",
  save: "방문 저장",
  saving: "저장하는 중 …",
  savedSent: "도시에 도착했습니다.",
  savedWaiting: "이 휴대폰에 저장했으며 네트워크가 생기면 곧 전송됩니다.",
  readOnly: "읽기만 할 수 있고 바꿀 수는 없습니다.",
  history: "여기서 있었던 일",
  noHistory: "아직 알려진 것이 없습니다.",
  alarmBegan: (name) => `경보: ${name}`,
  alarmOver: (name) => `경보 끝: ${name}`,
  faultBegan: (name) => `고장: ${name}`,
  faultOver: (name) => `다시 작동: ${name}`,
  device: (kid) => `장치 ${kid} 설치`,
  reportCame: (problem) => `시민 신고: ${problem}`,
  reportMended: (problem) => `신고 해결: ${problem}`,
  proof: "증명",
  changed: "수정됨",
  by: (author) => `작성자 ${author}`,
  you: "내가 작성",
  change: "수정",
  changing: "기록된 방문을 수정합니다. 이전 내용은 보존됩니다.",
  cancel: "그대로 두기",
  queueLead: "적은 것은 도시에 도착할 때까지 이 휴대폰에 있습니다. 네트워크가 생기면 저절로 전송됩니다.",
  queueEmpty: "모두 도시에 도착했습니다.",
  sendNow: "지금 보내기",
  states: { waiting: "네트워크를 기다림", sending: "보내는 중", conflict: "결정이 필요함", refused: "도시가 거절함", sent: "도시에 도착함" },
  photosOf: (sent, all) => `사진 ${all}장 중 ${sent}장 전송`,
  photosRefused: (count) => `사진 ${count}장 거절됨`,
  ofOthers: (count) => `다른 계정의 ${count}건이 이 휴대폰에서 기다립니다. 그 계정이 로그인하면 전송됩니다.`,
  refusedHint: (reason) => `도시가 받지 않습니다(${reason}). 적은 글은 여기 남습니다. 다시 시도하거나 빼십시오.`,
  conflict: "다른 사람이 먼저 적었습니다",
  conflictNew: "이곳을 본 뒤에 동료가 무언가를 적었습니다. 결정할 때까지 내 것은 전송되지 않고 동료의 것도 바뀌지 않습니다.",
  conflictSame: "이 방문이 그사이 다른 곳에서 수정되었습니다. 결정할 때까지 아무것도 덮어쓰지 않습니다.",
  yours: "내가 적은 것",
  meanwhile: "그사이 적힌 것",
  yourWords: "내 메모(고칠 수 있음)",
  sendToo: "둘 다 두기: 내 것도 보내기",
  inPlace: "내 것으로 바꾸기(다른 것은 기록에 남음)",
  join: "두 메모 합치기",
  drop: "내 것 버리기",
  dropSure: "버리려면 다시 누르십시오",
  keep: "나중에 결정",
  tryAgain: "다시 시도",
};

const zh: CrewTexts = {
  title: "哪里需要您",
  signInNeeded: "此页面供城市维护人员使用。",
  signInHint: "登录后会显示附近的问题，之后没有网络也能使用。",
  signIn: "登录",
  signedOut: "您已退出登录。",
  signedOutHint: (count) => (count === 0 ? "您看到的是此手机保存的内容。" : `有 ${count} 条记录在此手机上等待，登录后即会发送。不会丢失任何内容。`),
  offlineFirst: "没有连接，且尚无人在此手机上登录。",
  offlineFirstHint: "请在有网络时打开一次此页面，之后没有网络也能使用。",
  noRole: "您的账号没有相应的角色。",
  noRoleHint: "由管理员授予账号某个区域的维护人员角色。",
  forgetful: "此浏览器不保存任何内容：全部发送之前请勿关闭页面。",
  district: "区域",
  near: "您附近",
  queue: "待发送",
  provision: "安装",
  where: "您在哪里？",
  position: "使用我的位置",
  locating: "正在查找您的位置……",
  refused: "此浏览器不提供您的位置。请在地图上选择，或输入编号。",
  noPosition: "此处无法确定您的位置。请在地图上选择，或输入编号。",
  onMap: "在地图上选择",
  here: "我在此地图的中央",
  mapHint: "移动地图，使该地点位于中央。也可使用方向键和 + −。",
  map: "用于选择地点的地图",
  closeMap: "关闭地图",
  byNumber: "按编号打开",
  number: "标签上的编号",
  open: "打开",
  scan: "扫描标签",
  nearPosition: "您的位置附近",
  nearMap: "您选择的地点附近",
  choosePlace: "请先说明您在哪里。",
  choosePlaceHint: "列表从最近的开始。位置只询问一次，并且只保存在此手机上。",
  filter: "只显示",
  all: "全部",
  needs: { fault: "故障", alarm: "警报", silent: "无上报", report: "报告" },
  nothing: "这里没有需要您的地方。",
  nothingHint: "此区域没有设备或市民报告问题。",
  more: "显示更多",
  keptList: (ago) => `没有连接。此列表来自${ago}。`,
  noPlace: "地点不明",
  directions: "路线",
  page: "公开页面",
  back: "附近的全部",
  notKept: "此手机没有保存此地的资料。",
  notKeptHint: "您仍可记录到访，稍后发送。",
  unknownPlace: "城市没有此编号的资料。",
  otherDistrict: "它可能位于其他区域。",
  wrong: "有什么问题",
  allWell: "设备报告一切正常。",
  check: "检查",
  silent: "无上报",
  silentSince: (ago) => `始于${ago}`,
  heard: (ago) => `最近一次上报：${ago}`,
  neverHeard: "从未上报",
  reports: "市民报告",
  reportPhoto: "报告的照片",
  record: "记录您的到访",
  outcome: "结果如何？",
  outcomes: { done: "完成：恢复正常", again: "需要再来一次", nothing: "没有问题" },
  note: "给同事的备注",
  noteHint: "写下您的发现和所做的事。本区域同事可读，不公开。",
  care: "为这棵树做了什么",
  careHint: "任何人都能在树的页面上读到，并附有证明。不会公布您的姓名。",
  cares: { watered: "浇水", pruned: "修剪", treated: "治疗", inspected: "检查" },
  careNote: "写在树的页面上的话（可选，公开）",
  photos: "照片",
  addPhoto: "添加照片",
  removePhoto: (number) => `去掉照片 ${number}`,
  photoAlt: (number) => `照片 ${number}`,
  noPicture: "此浏览器无法读取该图片。",
  mends: "解决了哪些报告？",
  mendsHint: "到访完成后即关闭。",
  save: "保存到访",
  saving: "正在保存……",
  savedSent: "已送达城市。",
  savedWaiting: "已保存在此手机上，一有网络就会发送。",
  readOnly: "您可以阅读，但不能更改。",
  history: "这里发生过什么",
  noHistory: "尚无记录。",
  alarmBegan: (name) => `警报：${name}`,
  alarmOver: (name) => `警报解除：${name}`,
  faultBegan: (name) => `故障：${name}`,
  faultOver: (name) => `恢复正常：${name}`,
  device: (kid) => `设备 ${kid} 安装于此`,
  reportCame: (problem) => `市民报告：${problem}`,
  reportMended: (problem) => `报告已解决：${problem}`,
  proof: "证明",
  changed: "已修改",
  by: (author) => `记录人 ${author}`,
  you: "由您记录",
  change: "修改",
  changing: "您正在修改已记录的到访，之前的内容会保留。",
  cancel: "保持原样",
  queueLead: "您写的内容会保存在此手机上，直到城市收到。有网络时会自动发送。",
  queueEmpty: "全部已送达城市。",
  sendNow: "立即发送",
  states: { waiting: "等待网络", sending: "正在发送", conflict: "需要您决定", refused: "城市拒绝了", sent: "已送达城市" },
  photosOf: (sent, all) => `已发送 ${sent}/${all} 张照片`,
  photosRefused: (count) => `${count} 张照片被拒绝`,
  ofOthers: (count) => `此手机上有其他账号的 ${count} 条记录在等待，该账号登录后发送。`,
  refusedHint: (reason) => `城市不接受（${reason}）。您写的内容仍在这里：请重试或去掉。`,
  conflict: "有人先写了",
  conflictNew: "在您上次查看之后，有同事写了记录。在您决定之前，您的内容不会发送，对方的内容也不会改变。",
  conflictSame: "此到访记录在您查看之后已在别处修改。在您决定之前不会覆盖任何内容。",
  yours: "您写的",
  meanwhile: "期间写下的",
  yourWords: "您的备注（可以修改）",
  sendToo: "两者都保留：也发送我的",
  inPlace: "用我的替换，另一份保留在历史中",
  join: "合并两份备注",
  drop: "丢弃我的",
  dropSure: "再按一次即丢弃",
  keep: "稍后决定",
  tryAgain: "重试",
};

export const crewTexts: Dictionary<CrewTexts> = { en, ko, zh };
