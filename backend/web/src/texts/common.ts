/** Texts that all pages share: frame, kinds, measurements, times. */

import type { Dictionary } from "./language.ts";

export interface CommonTexts {
  readonly tagline: string;
  readonly language: string;
  readonly overview: string;
  readonly simulated: string;
  readonly simulatedHint: string;
  readonly bin: string;
  readonly tree: string;
  readonly noReading: string;
  readonly downloadProof: string;
  readonly retry: string;
  readonly loading: string;
  readonly unreachable: string;
  readonly notFound: string;
  readonly open: string;
  readonly closed: string;
  readonly moist: string;
  readonly footer: string;
  readonly publicLog: string;
  readonly trustPolicy: string;
  readonly skip: string;
  readonly scan: string;
  readonly proves: string;
  readonly map: string;
  readonly promise: string;
  readonly privacy: string;
  readonly measurements: Readonly<Record<string, string>>;
}

const en: CommonTexts = {
  tagline: "Readings that anyone can check",
  language: "Language",
  overview: "All bins and trees",
  simulated: "Simulated",
  simulatedHint: "This device simulates its sensors. Its signatures and proofs are real, its readings are not.",
  bin: "Bin",
  tree: "Tree",
  noReading: "No reading yet",
  downloadProof: "Proof file",
  retry: "Try again",
  loading: "Loading …",
  unreachable: "The city's server does not answer.",
  notFound: "There is nothing under this address.",
  open: "open",
  closed: "closed",
  moist: "soil moisture",
  footer: "Every reading is signed in the device and listed in a public log. Proofs are checked here, in your browser.",
  publicLog: "Public log",
  trustPolicy: "Trust policy",
  skip: "Skip to the content",
  scan: "Scan",
  proves: "What this proves",
  map: "Map",
  promise: "Does the promise hold?",
  privacy: "Privacy",
  measurements: {
    fill: "Fill level",
    weight: "Weight",
    lid: "Lid",
    deposit: "Last deposit",
    temp: "Temperature",
    tilt: "Tilt",
    soil: "Soil moisture",
    soiltemp: "Soil temperature",
    humidity: "Humidity",
    girth: "Growth of the trunk",
    battery: "Battery",
    led: "Lights",
    fault: "Sensors without value",
  },
};

const ko: CommonTexts = {
  tagline: "누구나 확인할 수 있는 측정값",
  language: "언어",
  overview: "모든 수거함과 나무",
  simulated: "모의 장치",
  simulatedHint: "이 장치는 센서를 모의합니다. 서명과 증명은 진짜이지만 측정값은 실제가 아닙니다.",
  bin: "수거함",
  tree: "나무",
  noReading: "아직 측정값이 없습니다",
  downloadProof: "증명 파일",
  retry: "다시 시도",
  loading: "불러오는 중 …",
  unreachable: "도시 서버가 응답하지 않습니다.",
  notFound: "이 주소에는 아무것도 없습니다.",
  open: "열림",
  closed: "닫힘",
  moist: "토양 수분",
  footer: "모든 측정값은 장치 안에서 서명되어 공개 로그에 실립니다. 증명은 이 브라우저에서 직접 확인합니다.",
  publicLog: "공개 로그",
  trustPolicy: "신뢰 정책",
  skip: "본문으로 건너뛰기",
  scan: "스캔",
  proves: "무엇이 증명되나",
  map: "지도",
  promise: "약속은 지켜지는가?",
  privacy: "개인정보",
  measurements: {
    fill: "채움 정도",
    weight: "무게",
    lid: "뚜껑",
    deposit: "마지막 투입",
    temp: "온도",
    tilt: "기울기",
    soil: "토양 수분",
    soiltemp: "토양 온도",
    humidity: "습도",
    girth: "줄기 생장",
    battery: "배터리",
    led: "표시등",
    fault: "값이 없는 센서",
  },
};

const zh: CommonTexts = {
  tagline: "人人都能核验的读数",
  language: "语言",
  overview: "全部垃圾箱和树木",
  simulated: "模拟设备",
  simulatedHint: "此设备模拟传感器：签名和证明是真实的，读数不是。",
  bin: "垃圾箱",
  tree: "树木",
  noReading: "尚无读数",
  downloadProof: "证明文件",
  retry: "重试",
  loading: "正在加载……",
  unreachable: "城市服务器没有响应。",
  notFound: "此地址下没有内容。",
  open: "打开",
  closed: "关闭",
  moist: "土壤湿度",
  footer: "每个读数都在设备内签名，并列入公开日志。证明就在您的浏览器中核验。",
  publicLog: "公开日志",
  trustPolicy: "信任策略",
  skip: "跳到正文",
  scan: "扫码",
  proves: "能证明什么",
  map: "地图",
  promise: "承诺是否兑现？",
  privacy: "隐私",
  measurements: {
    fill: "填充程度",
    weight: "重量",
    lid: "箱盖",
    deposit: "最近投放",
    temp: "温度",
    tilt: "倾斜",
    soil: "土壤湿度",
    soiltemp: "土壤温度",
    humidity: "湿度",
    girth: "树干生长",
    battery: "电量",
    led: "指示灯",
    fault: "无值的传感器",
  },
};

export const common: Dictionary<CommonTexts> = { en, ko, zh };
