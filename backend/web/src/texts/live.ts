/** Texts of the live page. */

import type { Dictionary } from "./language.ts";

export interface LiveTexts {
  readonly title: string;
  readonly lead: string;
  readonly bins: string;
  readonly trees: string;
  readonly others: string;
  readonly all: string;
  readonly search: string;
  readonly searchHint: string;
  readonly nothingFound: string;
  readonly noDevices: string;
  readonly noDevicesHint: string;
  readonly connected: string;
  readonly reconnecting: string;
  readonly logSize: string;
  readonly checkpoint: string;
  readonly records: string;
  readonly devices: string;
  readonly rejected: string;
  readonly never: string;
  readonly notPublished: string;
  readonly course: string;
}

const en: LiveTexts = {
  title: "Live readings",
  lead: "What the city's bins and trees report right now, each reading with a proof that your browser can check.",
  bins: "Bins",
  trees: "Trees",
  others: "Other devices",
  all: "All",
  search: "Search by name or place",
  searchHint: "12, Market square …",
  nothingFound: "No device matches.",
  noDevices: "No devices yet",
  noDevicesHint: "As soon as a device is enrolled and reports, it appears here.",
  connected: "Live",
  reconnecting: "Reconnecting …",
  logSize: "Log entries",
  checkpoint: "Last published",
  records: "Readings",
  devices: "Devices",
  rejected: "Refused",
  never: "not yet",
  notPublished: "being published",
  course: "Course and history",
};

const ko: LiveTexts = {
  title: "실시간 측정값",
  lead: "도시의 수거함과 나무가 지금 알리는 값입니다. 측정값마다 브라우저가 확인할 수 있는 증명이 있습니다.",
  bins: "수거함",
  trees: "나무",
  others: "기타 장치",
  all: "전체",
  search: "이름이나 장소로 찾기",
  searchHint: "12, 시장 광장 …",
  nothingFound: "맞는 장치가 없습니다.",
  noDevices: "아직 장치가 없습니다",
  noDevicesHint: "장치가 등록되어 보고하면 여기에 나타납니다.",
  connected: "실시간",
  reconnecting: "다시 연결 중 …",
  logSize: "로그 항목",
  checkpoint: "마지막 공개",
  records: "측정값",
  devices: "장치",
  rejected: "거부됨",
  never: "아직 없음",
  notPublished: "공개 중",
  course: "추이와 이력",
};

const zh: LiveTexts = {
  title: "实时读数",
  lead: "城市垃圾箱和树木当前的报告，每个读数都附有您的浏览器可核验的证明。",
  bins: "垃圾箱",
  trees: "树木",
  others: "其他设备",
  all: "全部",
  search: "按名称或地点搜索",
  searchHint: "12、市场广场……",
  nothingFound: "没有匹配的设备。",
  noDevices: "尚无设备",
  noDevicesHint: "设备登记并开始报告后会显示在这里。",
  connected: "实时",
  reconnecting: "正在重新连接……",
  logSize: "日志条目",
  checkpoint: "最近公布",
  records: "读数",
  devices: "设备",
  rejected: "已拒绝",
  never: "尚无",
  notPublished: "正在公布",
  course: "变化与历史",
};

export const liveTexts: Dictionary<LiveTexts> = { en, ko, zh };
