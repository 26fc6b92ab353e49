/** Texts of what people want of a bin: what goes in, when it was emptied, where else there is room. */

import type { Dictionary } from "./language.ts";

/** What a bin takes, by the names of the city's inventory. */
export const WASTES = ["general", "paper", "glass", "plastic", "metal", "organic", "recycling", "textiles", "batteries", "electronics"] as const;
export type Waste = (typeof WASTES)[number];

export interface BinTexts {
  readonly goesIn: string;
  readonly wastes: Readonly<Record<Waste, string>>;
  readonly emptied: string;
  readonly fell: (from: string, to: string) => string;
  readonly nearest: string;
  readonly nearestFull: string;
  readonly nearestNone: string;
  readonly metres: (distance: string) => string;
  readonly kilometres: (distance: string) => string;
  readonly room: (percent: string) => string;
  readonly map: string;
}

const en: BinTexts = {
  goesIn: "What goes in",
  wastes: {
    general: "General waste",
    paper: "Paper",
    glass: "Glass",
    plastic: "Plastic",
    metal: "Metal",
    organic: "Food and garden",
    recycling: "Recycling",
    textiles: "Clothes",
    batteries: "Batteries",
    electronics: "Small electronics",
  },
  emptied: "Last emptied",
  fell: (from, to) => `from ${from} to ${to}`,
  nearest: "Nearest bins with room",
  nearestFull: "This one is nearly full. These have room:",
  nearestNone: "No bin with room is known within a short walk.",
  metres: (distance) => `${distance} m`,
  kilometres: (distance) => `${distance} km`,
  room: (percent) => `${percent} full`,
  map: "Show on a map",
};

const ko: BinTexts = {
  goesIn: "넣을 수 있는 것",
  wastes: {
    general: "일반 쓰레기",
    paper: "종이",
    glass: "유리",
    plastic: "플라스틱",
    metal: "금속",
    organic: "음식물·식물",
    recycling: "재활용품",
    textiles: "옷",
    batteries: "건전지",
    electronics: "소형 가전",
  },
  emptied: "마지막 비움",
  fell: (from, to) => `${from}에서 ${to}로`,
  nearest: "자리 있는 가까운 수거함",
  nearestFull: "이 수거함은 거의 찼습니다. 여기에는 자리가 있습니다.",
  nearestNone: "걸어갈 만한 곳에 자리 있는 수거함이 알려져 있지 않습니다.",
  metres: (distance) => `${distance}미터`,
  kilometres: (distance) => `${distance}킬로미터`,
  room: (percent) => `${percent} 참`,
  map: "지도에서 보기",
};

const zh: BinTexts = {
  goesIn: "可投放",
  wastes: {
    general: "其他垃圾",
    paper: "纸张",
    glass: "玻璃",
    plastic: "塑料",
    metal: "金属",
    organic: "厨余与园林垃圾",
    recycling: "可回收物",
    textiles: "衣物",
    batteries: "电池",
    electronics: "小型电器",
  },
  emptied: "上次清空",
  fell: (from, to) => `从 ${from} 降至 ${to}`,
  nearest: "附近有空间的垃圾箱",
  nearestFull: "这个快满了。以下垃圾箱还有空间：",
  nearestNone: "步行范围内没有已知还有空间的垃圾箱。",
  metres: (distance) => `${distance} 米`,
  kilometres: (distance) => `${distance} 公里`,
  room: (percent) => `已满 ${percent}`,
  map: "在地图上查看",
};

export const binTexts: Dictionary<BinTexts> = { en, ko, zh };
