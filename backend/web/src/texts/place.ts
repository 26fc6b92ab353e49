/** Texts of a bin's or tree's page. */

import type { Dictionary } from "./language.ts";

/** How far back a chart looks, in the order in which that is tried: a young city has only its last hours, a slow device only its last days. */
export const SPANS = ["day", "sixHours", "hour", "week"] as const;
export type Span = (typeof SPANS)[number];

export interface PlaceTexts {
  readonly fillQuestion: string;
  readonly soilQuestion: string;
  readonly nearlyFull: string;
  readonly half: string;
  readonly muchRoom: string;
  readonly dry: string;
  readonly moist: string;
  readonly wet: string;
  readonly otherReadings: string;
  readonly technical: string;
  readonly history: string;
  /** Headings of the chart by how far back it looks. */
  readonly spans: Readonly<Record<Span, string>>;
  readonly noHistory: string;
  readonly measured: string;
  readonly readingNumber: (number: string) => string;
  readonly proved: string;
  readonly unproved: string;
  readonly provedOlder: (number: string) => string;
  readonly unknownPlace: string;
  readonly noDevice: string;
  readonly label: string;
  readonly labelHint: string;
  readonly device: string;
}

const en: PlaceTexts = {
  fillQuestion: "How full is it?",
  soilQuestion: "How moist is the soil?",
  nearlyFull: "Nearly full",
  half: "Room left",
  muchRoom: "Plenty of room",
  dry: "Dry",
  moist: "Moist",
  wet: "Wet",
  otherReadings: "Other readings",
  technical: "What the device says of itself",
  history: "History",
  spans: { day: "The last 24 hours", sixHours: "The last 6 hours", hour: "The last hour", week: "The last 7 days" },
  noHistory: "Too few readings for a chart yet.",
  measured: "Measured",
  readingNumber: (number) => `reading no.\u00a0${number}`,
  proved: "The proof of this reading holds",
  unproved: "Do not rely on this reading: its proof does not hold.",
  provedOlder: (number) => `The proof of reading no.\u00a0${number} holds; this newer one is being published`,
  unknownPlace: "The city knows no such place. Is the code on the label damaged?",
  label: "The code on the label",
  labelHint: "Scan it to open this page on a phone.",
  device: "Its device: charts, history, files",
  noDevice: "Nothing measures here. What follows is what the city says.",
};

const ko: PlaceTexts = {
  fillQuestion: "얼마나 찼나요?",
  soilQuestion: "흙이 얼마나 촉촉한가요?",
  nearlyFull: "거의 가득",
  half: "자리 있음",
  muchRoom: "자리 넉넉함",
  dry: "건조",
  moist: "촉촉함",
  wet: "젖음",
  otherReadings: "다른 측정값",
  technical: "장치가 스스로에 대해 알리는 값",
  history: "기록",
  spans: { day: "지난 24시간", sixHours: "지난 6시간", hour: "지난 1시간", week: "지난 7일" },
  noHistory: "그래프를 그리기엔 아직 측정값이 적습니다.",
  measured: "측정",
  readingNumber: (number) => `${number}번 측정값`,
  proved: "이 측정값의 증명이 성립합니다",
  unproved: "이 측정값을 믿지 마십시오. 증명이 성립하지 않습니다.",
  provedOlder: (number) => `${number}번 측정값의 증명이 성립하고, 더 새로운 이 값은 공개 중입니다`,
  unknownPlace: "도시에 그런 장소가 없습니다. 라벨의 코드가 손상되었나요?",
  label: "라벨의 코드",
  labelHint: "스캔하면 휴대폰에서 이 페이지가 열립니다.",
  device: "이곳의 장치: 그래프, 이력, 파일",
  noDevice: "여기에는 측정하는 장치가 없습니다. 아래는 도시가 알리는 내용입니다.",
};

const zh: PlaceTexts = {
  fillQuestion: "有多满？",
  soilQuestion: "土壤有多湿润？",
  nearlyFull: "快满了",
  half: "还有空间",
  muchRoom: "空间充足",
  dry: "干燥",
  moist: "湿润",
  wet: "潮湿",
  otherReadings: "其他读数",
  technical: "设备关于自身的数据",
  history: "历史",
  spans: { day: "过去 24 小时", sixHours: "过去 6 小时", hour: "过去 1 小时", week: "过去 7 天" },
  noHistory: "读数太少，暂无图表。",
  measured: "测量于",
  readingNumber: (number) => `第 ${number} 号读数`,
  proved: "此读数的证明成立",
  unproved: "请勿相信此读数：其证明不成立。",
  provedOlder: (number) => `第 ${number} 号读数的证明成立；这个更新的正在公布`,
  unknownPlace: "城市没有此地点。标签上的二维码是否损坏？",
  label: "标签上的二维码",
  labelHint: "扫码即可在手机上打开此页面。",
  device: "此处的设备：图表、历史、文件",
  noDevice: "此处没有测量设备。以下是城市提供的信息。",
};

export const placeTexts: Dictionary<PlaceTexts> = { en, ko, zh };
