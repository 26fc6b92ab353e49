/** Texts of the map. */

import type { Dictionary } from "./language.ts";

/** Worst first. */
export const STATES = ["faulty", "silent", "full", "ok", "unknown"] as const;
export type PlaceState = (typeof STATES)[number];

export interface MapTexts {
  readonly title: string;
  readonly kind: string;
  readonly all: string;
  readonly bins: string;
  readonly trees: string;
  readonly state: string;
  readonly anyState: string;
  readonly states: Readonly<Record<PlaceState, string>>;
  readonly map: string;
  /** Where the values that a state rests on are, each with its proof. */
  readonly evidence: string;
  readonly keys: string;
  readonly zoomIn: string;
  readonly zoomOut: string;
  readonly everything: string;
  readonly inView: (number: number, written: string) => string;
  readonly clusters: string;
  readonly cluster: (written: string) => string;
  readonly of: (written: string, state: string) => string;
  readonly more: (written: string) => string;
  readonly nothingHint: string;
  readonly empty: string;
  readonly emptyHint: string;
  readonly stale: string;
  readonly plain: string;
}

const en: MapTexts = {
  title: "Map",
  kind: "What",
  all: "All",
  bins: "Bins",
  trees: "Trees",
  state: "State",
  anyState: "Any",
  states: { ok: "in order", full: "full", faulty: "faulty", silent: "silent", unknown: "not known" },
  map: "Map of bins and trees",
  evidence: "readings and proofs",
  keys: "Arrow keys move the map, plus and minus zoom. The list has the same places.",
  zoomIn: "Zoom in",
  zoomOut: "Zoom out",
  everything: "Show the whole city",
  inView: (number, written) => (number === 1 ? "1 place in view" : `${written} places in view`),
  clusters: "Too many to name: choose a group to come nearer.",
  cluster: (written) => `${written} places`,
  of: (written, state) => `${written} ${state}`,
  more: (written) => `${written} more. Come nearer to see them.`,
  nothingHint: "No place in this part of the map is like that.",
  empty: "No bin and no tree has a place yet.",
  emptyHint: "They appear as soon as one is enrolled or imported with its place.",
  stale: "The server does not answer; the map may be old.",
  plain: "A plain map: nothing is loaded from elsewhere.",
};

const ko: MapTexts = {
  title: "지도",
  kind: "종류",
  all: "모두",
  bins: "수거함",
  trees: "나무",
  state: "상태",
  anyState: "모두",
  states: { ok: "정상", full: "가득 참", faulty: "고장", silent: "무응답", unknown: "알 수 없음" },
  map: "수거함과 나무 지도",
  evidence: "측정값과 증명",
  keys: "화살표 키로 지도를 옮기고 더하기와 빼기로 확대·축소합니다. 목록에 같은 장소가 있습니다.",
  zoomIn: "확대",
  zoomOut: "축소",
  everything: "도시 전체 보기",
  inView: (_, written) => `보이는 장소 ${written}곳`,
  clusters: "이름을 모두 적기에는 많습니다. 묶음을 고르면 가까이 갑니다.",
  cluster: (written) => `${written}곳`,
  of: (written, state) => `${state} ${written}`,
  more: (written) => `${written}곳 더 있습니다. 가까이 가면 보입니다.`,
  nothingHint: "지도의 이 부분에는 그런 장소가 없습니다.",
  empty: "아직 자리가 있는 수거함이나 나무가 없습니다.",
  emptyHint: "자리와 함께 등록하거나 가져오면 바로 나타납니다.",
  stale: "서버가 응답하지 않아 지도가 오래되었을 수 있습니다.",
  plain: "단순 지도입니다. 다른 곳에서 불러오는 것이 없습니다.",
};

const zh: MapTexts = {
  title: "地图",
  kind: "类别",
  all: "全部",
  bins: "垃圾箱",
  trees: "树木",
  state: "状态",
  anyState: "任意",
  states: { ok: "正常", full: "已满", faulty: "故障", silent: "无消息", unknown: "未知" },
  map: "垃圾箱和树木地图",
  evidence: "读数与证明",
  keys: "方向键移动地图，加号和减号缩放。列表中有同样的地点。",
  zoomIn: "放大",
  zoomOut: "缩小",
  everything: "显示整座城市",
  inView: (_, written) => `视野内 ${written} 处`,
  clusters: "数量太多，无法一一列出：选择一组以靠近查看。",
  cluster: (written) => `${written} 处`,
  of: (written, state) => `${state} ${written}`,
  more: (written) => `还有 ${written} 处，靠近后可见。`,
  nothingHint: "地图的这一部分没有这样的地点。",
  empty: "尚无带位置的垃圾箱或树木。",
  emptyHint: "一经登记或导入位置，就会显示在这里。",
  stale: "服务器没有响应，地图可能不是最新的。",
  plain: "简图：不从别处加载任何内容。",
};

export const mapTexts: Dictionary<MapTexts> = { en, ko, zh };
