/** Texts of the page where crews provision devices. */

import type { Problem } from "../serial/errors.ts";
import type { Dictionary } from "./language.ts";

/** Why the city does not take a request, by its reason; `other` for the rest. */
export const CONFLICTS = [
  "subject-taken",
  "enrolled-elsewhere",
  "asked-elsewhere",
  "subject-asked",
  "asked-otherwise",
  "other-district",
  "revoked",
  "declined",
  "withdrawn",
  "other",
] as const;
export type ConflictName = (typeof CONFLICTS)[number];
export const ENTRY_STATES = ["begun", "asked", "sent", "conflict", "enrolled", "done"] as const;

export interface ProvisionTexts {
  readonly title: string;
  readonly lead: string;
  readonly signIn: string;
  readonly signInHint: string;
  readonly offline: string;
  readonly notCrew: string;
  readonly settings: string;
  readonly settingsHint: string;
  readonly district: string;
  readonly wholeCity: string;
  readonly load: string;
  readonly chooseFile: string;
  readonly loaded: (realm: string, network: string) => string;
  readonly memoryOnly: string;
  readonly noNetwork: string;
  readonly place: string;
  readonly placeHint: string;
  readonly kind: string;
  readonly number: string;
  readonly numberHint: string;
  readonly label: string;
  readonly labelHint: string;
  readonly asset: string;
  readonly latitude: string;
  readonly longitude: string;
  readonly scan: string;
  readonly stopScan: string;
  readonly scanning: string;
  readonly noCamera: string;
  readonly elsewhere: string;
  readonly here: string;
  readonly locating: string;
  readonly noPosition: string;
  readonly onMap: string;
  readonly closeMap: string;
  readonly pickHere: string;
  readonly nearby: string;
  readonly noneNearby: string;
  readonly metres: (number: string) => string;
  readonly device: string;
  readonly deviceHint: string;
  readonly noCable: string;
  readonly connect: string;
  readonly connecting: string;
  readonly disconnect: string;
  readonly there: (model: string, version: string) => string;
  readonly resumed: (subject: string) => string;
  readonly calibrate: string;
  readonly points: Readonly<Record<string, string>>;
  readonly run: string;
  readonly running: Readonly<Record<string, string>>;
  readonly selfTest: string;
  readonly good: string;
  readonly bad: string;
  readonly uncalibrated: string;
  readonly look: string;
  readonly allow: string;
  readonly again: string;
  readonly startOver: string;
  readonly missing: string;
  readonly problem: Readonly<Record<Problem, string>>;
  readonly portProblem: string;
  readonly after: string;
  readonly kept: string;
  readonly keptHint: string;
  readonly nothingKept: string;
  readonly state: Readonly<Record<(typeof ENTRY_STATES)[number], string>>;
  readonly notConfigured: string;
  readonly conflict: Readonly<Record<ConflictName, string>>;
  readonly notOverwritten: string;
  readonly sendNow: string;
  readonly sendAgain: string;
  readonly remove: string;
  readonly takeBack: string;
  readonly waitsForSignIn: string;
  readonly waitsForNetwork: string;
  readonly labelPdf: string;
  readonly labelPicture: string;
  readonly firstReading: string;
  readonly firstReadingHint: string;
  readonly next: string;
  readonly operatorNext: string;
  readonly registrar: string;
  readonly registrarHint: string;
  readonly nobodyWaits: string;
  readonly askedBy: (who: string, when: string) => string;
  readonly approve: string;
  readonly approveAll: (count: string) => string;
  readonly decline: string;
  readonly declineReason: string;
  readonly signInAgain: string;
}

const en: ProvisionTexts = {
  title: "Provision a device",
  lead: "From the box to the first reading that anybody can check: plug it in, test it, have it enrolled.",
  signIn: "Sign in",
  signInHint: "Sign in as crew to load the settings and to send requests. Without a network, choose your site file; requests are sent later.",
  offline: "The city’s server does not answer. Testing works all the same; requests wait here and are sent later.",
  notCrew: "Your account has no crew role. An operator of your district can give it to you.",
  settings: "1. Settings",
  settingsHint: "What all devices of your district are told: Wi-Fi, gateway, keys.",
  district: "District",
  wholeCity: "whole city",
  load: "Load from the city",
  chooseFile: "Use a site file …",
  loaded: (realm, network) => `For ${realm}, Wi-Fi “${network}”`,
  memoryOnly: "They hold the Wi-Fi password: this page forgets them when it is closed, and keeps nothing of them on this computer. That you loaded them is noted in the audit trail.",
  noNetwork: "none",
  place: "2. Place",
  placeHint: "Scan the label that is there, choose a place nearby, or type its number. A new number makes a new place.",
  kind: "Kind",
  number: "Number",
  numberHint: "as on the label, for example 12",
  label: "What people call the place",
  labelHint: "on the label and on the device’s display",
  asset: "Asset number",
  latitude: "Latitude",
  longitude: "Longitude",
  scan: "Scan the label",
  stopScan: "Stop scanning",
  scanning: "Hold the code into the frame.",
  noCamera: "This computer shows no camera to the browser. Type the number instead.",
  elsewhere: "This code is not of this city.",
  here: "Where I am",
  locating: "Looking where you are …",
  noPosition: "The browser does not say where you are. Use the map or type the degrees.",
  onMap: "Choose on the map",
  closeMap: "Close the map",
  pickHere: "The device is in the middle of this map",
  nearby: "Nearby",
  noneNearby: "The city knows nothing nearby.",
  metres: (number) => `${number} m`,
  device: "3. Device",
  deviceHint: "Hang it where it belongs, empty the bin, close the lid, plug in the cable.",
  noCable: "This browser cannot talk to devices by cable. Use Chromium, Chrome or Edge on a computer, or the command civicroot provision.",
  connect: "Connect the device",
  connecting: "Waiting for the device …",
  disconnect: "Disconnect",
  there: (model, version) => `${model}, firmware ${version}`,
  resumed: (subject) => `Begun before as ${subject}: it goes on where it was.`,
  calibrate: "Calibrate before the test",
  points: { "fill:empty": "Fill level: the bin is empty", "weight:tare": "Weight: the bin is empty", "tilt:mounted": "Tilt: it hangs as it should", "soil:dry": "Soil: the probe is dry" },
  run: "Test and enrol",
  running: {
    tell: "Telling it what it is …",
    calibrate: "Calibrating …",
    test: "Testing …",
    ask: "Having it sign its request …",
    send: "Bringing the request to the city …",
    commit: "Configuring it …",
  },
  selfTest: "Self-test",
  good: "works",
  bad: "fault",
  uncalibrated: "not calibrated",
  look: "Look at the bin: the display shows its page, the lamp is white, green, blue.",
  allow: "Take it as it is, with its faults",
  again: "Try again",
  startOver: "It is ours: begin anew",
  missing: "Fill in the settings and the place first.",
  problem: {
    gone: "The device is gone. Plug it in and connect it again: it goes on where it was.",
    silent: "No Civicroot device answers. Is it switched on, and the right cable?",
    refused: "The device refuses.",
    strange: "What is plugged in does not answer as a device of this firmware does. Put it aside.",
    "other-realm": "This device is of another city. Its operator can unlock it.",
    "other-board": "The wrong board for this place.",
    "other-firmware": "The wrong firmware: flash it first.",
    provisioned: "This device is provisioned already. Put it where it belongs, or unlock it.",
    "never-asked": "This device is configured, and was never enrolled: unlock it and begin anew.",
    "other-subject": "This device has already asked to be enrolled as another place.",
    "not-proved": "The device does not prove that it has its key. Put it aside.",
    faulty: "The device does not pass its self-test. Nothing was enrolled: mend what is named, or take another one.",
  },
  portProblem: "The port cannot be opened. Is another program using it?",
  after: "4. Enrolment",
  kept: "Devices on this computer",
  keptHint: "Requests that could not be sent are sent as soon as the city answers and you are signed in.",
  nothingKept: "None yet.",
  state: {
    begun: "begun: plug it in again",
    asked: "waits here for a network",
    sent: "waits for the registrar",
    conflict: "not taken",
    enrolled: "enrolled; its first reading is waited for",
    done: "done: its first reading is verified",
  },
  notConfigured: "not configured yet: plug it in again",
  conflict: {
    "subject-taken": "Meanwhile another device is at this place. The registrar replaces one by the other.",
    "enrolled-elsewhere": "This device is enrolled as another place. The registrar moves it.",
    "asked-elsewhere": "This device already waits for the registrar, as another place.",
    "subject-asked": "Another device already waits for the registrar at this place.",
    "asked-otherwise": "The same request already waits, with another name or position.",
    "other-district": "The inventory has this place in another district.",
    revoked: "This device’s key was withdrawn. Unlock it, so that it makes a new one.",
    declined: "The registrar has declined it.",
    withdrawn: "The request was taken back.",
    other: "The city does not take this request.",
  },
  notOverwritten: "Nothing was overwritten.",
  sendNow: "Send now",
  sendAgain: "Send again",
  remove: "Remove from the list",
  takeBack: "Take the request back",
  waitsForSignIn: "Requests wait until you sign in.",
  waitsForNetwork: "Requests wait for the network.",
  labelPdf: "Label as PDF",
  labelPicture: "Label, 50 × 30 mm",
  firstReading: "First reading",
  firstReadingHint: "The device starts and reports. You may stay and watch: the reading is checked here.",
  next: "Next device",
  operatorNext: "The operator’s settings for this district reach the device once they are signed at the desk.",
  registrar: "For the registrar",
  registrarHint: "What you approve is signed at the desk: civicroot enrolments enrol. The key stays there.",
  nobodyWaits: "Nothing waits.",
  askedBy: (who, when) => `${who}, ${when}`,
  approve: "Approve",
  approveAll: (count) => `Approve all ${count}`,
  decline: "Decline",
  declineReason: "Why it is declined",
  signInAgain: "This needs a sign-in of the last minutes: sign in again.",
};

const ko: ProvisionTexts = {
  title: "장치 설치",
  lead: "상자에서 누구나 확인할 수 있는 첫 측정까지: 연결하고, 시험하고, 등록을 요청합니다.",
  signIn: "로그인",
  signInHint: "설정을 불러오고 요청을 보내려면 현장 작업자로 로그인하십시오. 네트워크가 없으면 현장 파일을 선택하십시오. 요청은 나중에 전송됩니다.",
  offline: "시의 서버가 응답하지 않습니다. 시험은 할 수 있습니다. 요청은 여기서 기다렸다가 나중에 전송됩니다.",
  notCrew: "계정에 현장 작업자 역할이 없습니다. 담당 구역의 운영자가 부여할 수 있습니다.",
  settings: "1. 설정",
  settingsHint: "구역의 모든 장치에 알려 주는 것: 와이파이, 게이트웨이, 키.",
  district: "구역",
  wholeCity: "시 전체",
  load: "시에서 불러오기",
  chooseFile: "현장 파일 사용 …",
  loaded: (realm, network) => `${realm}용, 와이파이 “${network}”`,
  memoryOnly: "와이파이 비밀번호가 들어 있습니다. 이 페이지를 닫으면 잊으며, 이 컴퓨터에 아무것도 저장하지 않습니다. 불러온 사실은 감사 기록에 남습니다.",
  noNetwork: "없음",
  place: "2. 장소",
  placeHint: "있는 라벨을 스캔하거나, 가까운 장소를 고르거나, 번호를 입력하십시오. 새 번호는 새 장소가 됩니다.",
  kind: "종류",
  number: "번호",
  numberHint: "라벨에 적힌 대로, 예: 12",
  label: "사람들이 부르는 장소 이름",
  labelHint: "라벨과 장치 화면에 표시됩니다",
  asset: "자산 번호",
  latitude: "위도",
  longitude: "경도",
  scan: "라벨 스캔",
  stopScan: "스캔 중지",
  scanning: "코드를 틀 안에 맞춰 주십시오.",
  noCamera: "브라우저가 이 컴퓨터의 카메라를 찾지 못합니다. 번호를 입력하십시오.",
  elsewhere: "이 도시의 코드가 아닙니다.",
  here: "내 위치",
  locating: "위치를 찾는 중 …",
  noPosition: "브라우저가 위치를 알려 주지 않습니다. 지도를 쓰거나 좌표를 입력하십시오.",
  onMap: "지도에서 선택",
  closeMap: "지도 닫기",
  pickHere: "장치가 이 지도의 가운데에 있습니다",
  nearby: "가까운 곳",
  noneNearby: "시가 아는 가까운 곳이 없습니다.",
  metres: (number) => `${number}m`,
  device: "3. 장치",
  deviceHint: "제자리에 달고, 수거함을 비우고, 뚜껑을 닫고, 케이블을 연결하십시오.",
  noCable: "이 브라우저는 케이블로 장치와 통신할 수 없습니다. 컴퓨터의 Chromium, Chrome, Edge 또는 civicroot provision 명령을 이용하십시오.",
  connect: "장치 연결",
  connecting: "장치를 기다리는 중 …",
  disconnect: "연결 끊기",
  there: (model, version) => `${model}, 펌웨어 ${version}`,
  resumed: (subject) => `전에 ${subject}(으)로 시작했습니다. 멈춘 곳에서 이어집니다.`,
  calibrate: "시험 전에 보정",
  points: { "fill:empty": "채움: 수거함이 비어 있음", "weight:tare": "무게: 수거함이 비어 있음", "tilt:mounted": "기울기: 바르게 달려 있음", "soil:dry": "토양: 탐침이 말라 있음" },
  run: "시험하고 등록 요청",
  running: {
    tell: "무엇인지 알려 주는 중 …",
    calibrate: "보정하는 중 …",
    test: "시험하는 중 …",
    ask: "장치가 요청에 서명하는 중 …",
    send: "요청을 시에 전하는 중 …",
    commit: "설정하는 중 …",
  },
  selfTest: "자체 시험",
  good: "정상",
  bad: "고장",
  uncalibrated: "보정되지 않음",
  look: "수거함을 보십시오: 화면에 페이지가 나오고, 램프가 흰색, 녹색, 파란색이 됩니다.",
  allow: "고장이 있어도 그대로 받기",
  again: "다시 시도",
  startOver: "우리 장치입니다: 새로 시작",
  missing: "먼저 설정과 장소를 채우십시오.",
  problem: {
    gone: "장치가 사라졌습니다. 다시 꽂고 연결하십시오. 멈춘 곳에서 이어집니다.",
    silent: "응답하는 Civicroot 장치가 없습니다. 전원과 케이블을 확인하십시오.",
    refused: "장치가 거부합니다.",
    strange: "꽂힌 것이 이 펌웨어의 장치처럼 답하지 않습니다. 따로 두십시오.",
    "other-realm": "다른 도시의 장치입니다. 그곳 운영자가 잠금을 풀 수 있습니다.",
    "other-board": "이 장소에 맞지 않는 보드입니다.",
    "other-firmware": "펌웨어가 맞지 않습니다. 먼저 올리십시오.",
    provisioned: "이미 설치된 장치입니다. 제자리에 두거나 잠금을 푸십시오.",
    "never-asked": "설정되었으나 등록된 적이 없습니다. 잠금을 풀고 새로 시작하십시오.",
    "other-subject": "이 장치는 이미 다른 장소로 등록을 요청했습니다.",
    "not-proved": "장치가 키를 가졌음을 증명하지 못합니다. 따로 두십시오.",
    faulty: "자체 시험을 통과하지 못했습니다. 아무것도 등록되지 않았습니다. 고치거나 다른 장치를 쓰십시오.",
  },
  portProblem: "포트를 열 수 없습니다. 다른 프로그램이 쓰고 있습니까?",
  after: "4. 등록",
  kept: "이 컴퓨터의 장치",
  keptHint: "보내지 못한 요청은 시가 응답하고 로그인되어 있으면 전송됩니다.",
  nothingKept: "아직 없습니다.",
  state: {
    begun: "시작됨: 다시 꽂으십시오",
    asked: "네트워크를 기다립니다",
    sent: "등록 담당자를 기다립니다",
    conflict: "받아들여지지 않음",
    enrolled: "등록됨; 첫 측정을 기다립니다",
    done: "완료: 첫 측정이 확인되었습니다",
  },
  notConfigured: "아직 설정되지 않음: 다시 꽂으십시오",
  conflict: {
    "subject-taken": "그사이 다른 장치가 이 장소에 있습니다. 교체는 등록 담당자가 합니다.",
    "enrolled-elsewhere": "이 장치는 다른 장소로 등록되어 있습니다. 이전은 등록 담당자가 합니다.",
    "asked-elsewhere": "이 장치는 이미 다른 장소로 등록 담당자를 기다리고 있습니다.",
    "subject-asked": "다른 장치가 이미 이 장소로 등록 담당자를 기다리고 있습니다.",
    "asked-otherwise": "같은 요청이 다른 이름이나 위치로 이미 기다리고 있습니다.",
    "other-district": "대장에는 이 장소가 다른 구역에 있습니다.",
    revoked: "이 장치의 키는 철회되었습니다. 잠금을 풀어 새 키를 만들게 하십시오.",
    declined: "등록 담당자가 거절했습니다.",
    withdrawn: "요청이 취소되었습니다.",
    other: "시가 이 요청을 받아들이지 않습니다.",
  },
  notOverwritten: "덮어쓴 것은 없습니다.",
  sendNow: "지금 보내기",
  sendAgain: "다시 보내기",
  remove: "목록에서 제거",
  takeBack: "요청 취소",
  waitsForSignIn: "로그인할 때까지 요청이 기다립니다.",
  waitsForNetwork: "요청이 네트워크를 기다립니다.",
  labelPdf: "라벨 PDF",
  labelPicture: "라벨, 50 × 30mm",
  firstReading: "첫 측정",
  firstReadingHint: "장치가 시작되어 보고합니다. 기다리면서 볼 수 있습니다. 측정은 여기서 확인됩니다.",
  next: "다음 장치",
  operatorNext: "이 구역의 운영자 설정은 데스크에서 서명되면 장치에 전해집니다.",
  registrar: "등록 담당자용",
  registrarHint: "승인한 것은 데스크에서 서명됩니다: civicroot enrolments enrol. 키는 그곳에 머뭅니다.",
  nobodyWaits: "기다리는 것이 없습니다.",
  askedBy: (who, when) => `${who}, ${when}`,
  approve: "승인",
  approveAll: (count) => `${count}건 모두 승인`,
  decline: "거절",
  declineReason: "거절하는 이유",
  signInAgain: "최근 몇 분 안에 로그인해야 합니다. 다시 로그인하십시오.",
};

const zh: ProvisionTexts = {
  title: "安装设备",
  lead: "从开箱到任何人都能核验的第一个读数：接上、测试、申请登记。",
  signIn: "登录",
  signInHint: "请以外勤人员身份登录，以载入设置并发送申请。没有网络时请选择现场文件；申请稍后发送。",
  offline: "城市的服务器没有响应。测试仍可进行；申请在此等候，稍后发送。",
  notCrew: "您的账户没有外勤人员角色。您所在区的运营人员可以授予。",
  settings: "1. 设置",
  settingsHint: "告知本区所有设备的内容：Wi-Fi、网关、密钥。",
  district: "区",
  wholeCity: "全市",
  load: "从城市载入",
  chooseFile: "使用现场文件……",
  loaded: (realm, network) => `用于 ${realm}，Wi-Fi“${network}”`,
  memoryOnly: "其中有 Wi-Fi 密码：关闭此页面即忘记，不会在此电脑上保存。载入一事会记入审计记录。",
  noNetwork: "无",
  place: "2. 地点",
  placeHint: "扫描现有标签、选择附近的地点，或输入编号。新编号即新地点。",
  kind: "种类",
  number: "编号",
  numberHint: "如标签所示，例如 12",
  label: "人们对该地点的称呼",
  labelHint: "显示在标签和设备屏幕上",
  asset: "资产编号",
  latitude: "纬度",
  longitude: "经度",
  scan: "扫描标签",
  stopScan: "停止扫描",
  scanning: "请将二维码对准取景框。",
  noCamera: "浏览器在此电脑上找不到相机。请输入编号。",
  elsewhere: "此码不属于本市。",
  here: "我的位置",
  locating: "正在确定您的位置……",
  noPosition: "浏览器没有给出您的位置。请使用地图或输入度数。",
  onMap: "在地图上选择",
  closeMap: "关闭地图",
  pickHere: "设备在此地图的中央",
  nearby: "附近",
  noneNearby: "城市在附近没有已知地点。",
  metres: (number) => `${number} 米`,
  device: "3. 设备",
  deviceHint: "挂在应在的位置，清空垃圾箱，合上盖子，插上电缆。",
  noCable: "此浏览器不能通过电缆与设备通信。请在电脑上使用 Chromium、Chrome 或 Edge，或使用命令 civicroot provision。",
  connect: "连接设备",
  connecting: "正在等待设备……",
  disconnect: "断开",
  there: (model, version) => `${model}，固件 ${version}`,
  resumed: (subject) => `此前已作为 ${subject} 开始：从中断处继续。`,
  calibrate: "测试前校准",
  points: { "fill:empty": "满溢度：垃圾箱是空的", "weight:tare": "重量：垃圾箱是空的", "tilt:mounted": "倾斜：已正确安装", "soil:dry": "土壤：探头是干的" },
  run: "测试并申请登记",
  running: {
    tell: "正在告知设备……",
    calibrate: "正在校准……",
    test: "正在测试……",
    ask: "正在让设备签署申请……",
    send: "正在将申请送交城市……",
    commit: "正在配置……",
  },
  selfTest: "自检",
  good: "正常",
  bad: "故障",
  uncalibrated: "未校准",
  look: "请看垃圾箱：屏幕显示其页面，灯依次为白、绿、蓝。",
  allow: "带故障照样接收",
  again: "重试",
  startOver: "这是我们的设备：重新开始",
  missing: "请先填写设置和地点。",
  problem: {
    gone: "设备已断开。请重新插上并连接：从中断处继续。",
    silent: "没有 Civicroot 设备响应。是否通电、电缆是否正确？",
    refused: "设备拒绝。",
    strange: "所接之物的回答不像此固件的设备。请放到一边。",
    "other-realm": "此设备属于另一城市。那里的运营人员可以解锁。",
    "other-board": "电路板与此地点不符。",
    "other-firmware": "固件不符：请先刷写。",
    provisioned: "此设备已安装。请放到应在的位置，或解锁。",
    "never-asked": "此设备已配置但从未登记：请解锁后重新开始。",
    "other-subject": "此设备已申请登记为另一地点。",
    "not-proved": "设备不能证明拥有其密钥。请放到一边。",
    faulty: "设备未通过自检。没有登记任何内容：请修复所列问题，或换一台。",
  },
  portProblem: "端口无法打开。是否有其他程序在使用？",
  after: "4. 登记",
  kept: "此电脑上的设备",
  keptHint: "未能发送的申请，在城市有响应且您已登录时发送。",
  nothingKept: "暂无。",
  state: {
    begun: "已开始：请重新插上",
    asked: "在此等候网络",
    sent: "等候登记人员",
    conflict: "未被接受",
    enrolled: "已登记；等候第一个读数",
    done: "完成：第一个读数已核验",
  },
  notConfigured: "尚未配置：请重新插上",
  conflict: {
    "subject-taken": "其间另一设备已在此地点。由登记人员更换。",
    "enrolled-elsewhere": "此设备已登记为另一地点。由登记人员迁移。",
    "asked-elsewhere": "此设备已作为另一地点等候登记人员。",
    "subject-asked": "另一设备已在此地点等候登记人员。",
    "asked-otherwise": "同一申请已以另一名称或位置在等候。",
    "other-district": "名录中此地点属于另一区。",
    revoked: "此设备的密钥已被撤销。请解锁，让它生成新的密钥。",
    declined: "登记人员已拒绝。",
    withdrawn: "申请已被撤回。",
    other: "城市不接受此申请。",
  },
  notOverwritten: "没有覆盖任何内容。",
  sendNow: "立即发送",
  sendAgain: "再次发送",
  remove: "从列表移除",
  takeBack: "撤回申请",
  waitsForSignIn: "申请等候您登录。",
  waitsForNetwork: "申请等候网络。",
  labelPdf: "标签 PDF",
  labelPicture: "标签，50 × 30 毫米",
  firstReading: "第一个读数",
  firstReadingHint: "设备启动并报告。您可以在此观看：读数在这里核验。",
  next: "下一台设备",
  operatorNext: "本区的运营设置在登记台签署后送达设备。",
  registrar: "供登记人员",
  registrarHint: "您批准的内容在登记台签署：civicroot enrolments enrol。密钥留在那里。",
  nobodyWaits: "没有等候的申请。",
  askedBy: (who, when) => `${who}，${when}`,
  approve: "批准",
  approveAll: (count) => `全部批准（${count}）`,
  decline: "拒绝",
  declineReason: "拒绝原因",
  signInAgain: "此操作要求最近几分钟内登录过：请重新登录。",
};

export const provisionTexts: Dictionary<ProvisionTexts> = { en, ko, zh };
