/** Texts of a device's page. */

import type { Dictionary } from "./language.ts";

type Event =
  | "enrolled" | "moved" | "reassigned" | "replaced" | "rotated" | "revoked" | "configuration" | "started" | "alarm" | "update" | "equivocation";
type Shows = "record" | "batch" | "pruning" | "says-skipped" | "says-thinned" | "before" | "after";
type Span = "day" | "week" | "month" | "year" | "all";

export interface DeviceTexts {
  readonly title: (kid: string) => string;
  readonly unknownDevice: string;
  readonly newest: string;
  readonly enrolment: string;
  readonly where: string;
  readonly key: string;
  readonly citizensPage: (name: string) => string;
  readonly readings: string;
  readonly number: (seq: string) => string;
  readonly entry: (index: string) => string;
  readonly charts: string;
  readonly chartsLead: string;
  readonly chartOf: (name: string) => string;
  readonly span: string;
  readonly spans: Readonly<Record<Span, string>>;
  readonly noReadingHint: string;
  readonly noSeries: string;
  readonly noNumbers: string;
  readonly emptySpan: string;
  readonly pickPoint: string;
  readonly thinned: (shown: string, total: string) => string;
  readonly all: (total: number, written: string) => string;
  readonly pruned: string;
  readonly table: string;
  readonly rows: (rows: number, written: string) => string;
  readonly moreRows: (rest: number, written: string) => string;
  readonly time: string;
  readonly numberHead: string;
  readonly proof: string;
  readonly missing: (lost: number, written: string) => string;
  readonly notSilent: string;
  readonly fate: string;
  readonly howMany: string;
  readonly evidence: string;
  readonly showEvidence: string;
  readonly moreRanges: (rest: number, written: string) => string;
  readonly unused: string;
  readonly shows: Readonly<Record<Shows, string>>;
  readonly noReadingNow: string;
  readonly life: string;
  readonly lifeLead: string;
  readonly events: Readonly<Record<Event, string>>;
  readonly calm: string;
  readonly itsClock: string;
  readonly settings: string;
  readonly desired: string;
  readonly reported: string;
  readonly notConfigured: string;
  readonly notSaid: string;
  readonly version: (version: string) => string;
  readonly software: string;
  readonly promised: string;
  readonly seconds: (seconds: string) => string;
  readonly settingsNote: string;
}

const en: DeviceTexts = {
  title: (kid) => `Device ${kid}`,
  unknownDevice: "No device with this key is enrolled.",
  newest: "Newest reading",
  enrolment: "Enrolled in",
  where: "Where",
  key: "Key",
  citizensPage: (name) => `What citizens see of ${name}`,
  readings: "all readings",
  number: (seq) => `No. ${seq}`,
  entry: (index) => `log entry ${index}`,
  charts: "What it measured",
  chartsLead:
    "Every point is a reading that the device signed, none is an average. Click a point to check its proof; draw over a part to come closer. Arrow keys go from point to point, Enter checks.",
  chartOf: (name) => `Chart: ${name}`,
  span: "Time up to the newest reading",
  spans: { day: "Day", week: "Week", month: "Month", year: "Year", all: "All" },
  noReadingHint: "Charts are here as soon as it has reported.",
  noSeries: "The server has no course of it just now.",
  noNumbers: "It has reported no numbers yet.",
  emptySpan: "No reading in this time.",
  pickPoint: "No point chosen",
  thinned: (shown, total) => `${shown} of ${total} readings: of each interval the first, the lowest, the highest and the last.`,
  all: (total, written) => (total === 1 ? "The only reading in this time." : `All ${written} readings of this time.`),
  pruned: "older than the city keeps records: it cannot be proved any more",
  table: "As a table",
  rows: (rows, written) => (rows === 1 ? "1 reading" : `${written} readings`),
  moreRows: (rest, written) => (rest === 1 ? "1 more" : `${written} more`),
  time: "Time",
  numberHead: "Number",
  proof: "Proof",
  missing: (lost, written) => (lost === 1 ? "One reading is missing." : `${written} readings are missing.`),
  notSilent: "Not overdue: it reported within the time that it promised, or promised none.",
  fate: "What became of them",
  howMany: "How many",
  evidence: "Which, and what shows it",
  showEvidence: "show what proves it",
  moreRanges: (rest, written) => (rest === 1 ? "and 1 more range" : `and ${written} more ranges`),
  unused: "The device has not come to this number.",
  shows: {
    record: "The reading itself",
    batch: "The batch in which it came",
    pruning: "The city's statement that it no longer keeps it",
    "says-skipped": "The reading that says it was never used",
    "says-thinned": "The reading that says it was left out",
    before: "The reading before the hole",
    after: "The reading after the hole",
  },
  noReadingNow: "This reading is not there just now.",
  life: "Its history",
  lifeLead: "What the city signed about it, and what it said of itself.",
  events: {
    enrolled: "Enrolled",
    moved: "Moved",
    reassigned: "Given another place",
    replaced: "Replaced by",
    rotated: "Key changed for",
    revoked: "Withdrawn:",
    configuration: "Configured, version",
    started: "Started:",
    alarm: "Alarm:",
    update: "Update:",
    equivocation: "Signed twice with different content: No.",
  },
  calm: "No alarm any more",
  itsClock: "by its own clock",
  settings: "Settings",
  desired: "What it should do",
  reported: "What it says that it does",
  notConfigured: "Nobody has configured it: it does what it was built with.",
  notSaid: "not said",
  version: (version) => `Version ${version}`,
  software: "Software",
  promised: "Next report within",
  seconds: (seconds) => `${seconds} s`,
  settingsNote: "A device tells its gateway which version of its settings it follows; signed readings say only what is listed here.",
};

const ko: DeviceTexts = {
  title: (kid) => `장치 ${kid}`,
  unknownDevice: "이 키로 등록된 장치가 없습니다.",
  newest: "최신 측정값",
  enrolment: "등록",
  where: "위치",
  key: "키",
  citizensPage: (name) => `시민이 보는 ${name} 페이지`,
  readings: "모든 측정값",
  number: (seq) => `${seq}번`,
  entry: (index) => `로그 항목 ${index}`,
  charts: "측정한 것",
  chartsLead:
    "모든 점은 장치가 서명한 측정값이며, 평균은 없습니다. 점을 누르면 증명을 확인하고, 구간을 끌면 확대됩니다. 화살표 키로 점을 옮기고 Enter 키로 확인합니다.",
  chartOf: (name) => `그래프: ${name}`,
  span: "최신 측정값까지의 기간",
  spans: { day: "하루", week: "일주일", month: "한 달", year: "일 년", all: "전체" },
  noReadingHint: "장치가 보고하면 여기에 그래프가 나타납니다.",
  noSeries: "지금은 서버에 이 측정값의 추이가 없습니다.",
  noNumbers: "아직 숫자를 보고하지 않았습니다.",
  emptySpan: "이 기간에는 측정값이 없습니다.",
  pickPoint: "선택한 점 없음",
  thinned: (shown, total) => `측정값 ${total}개 중 ${shown}개: 구간마다 처음, 최저, 최고, 마지막.`,
  all: (_, written) => `이 기간의 측정값 ${written}개 모두.`,
  pruned: "도시의 보관 기간이 지나 더는 증명할 수 없습니다",
  table: "표로 보기",
  rows: (_, written) => `측정값 ${written}개`,
  moreRows: (_, written) => `${written}개 더 보기`,
  time: "시각",
  numberHead: "번호",
  proof: "증명",
  missing: (_, written) => `측정값 ${written}개가 없습니다.`,
  notSilent: "늦지 않았습니다. 약속한 시간 안에 보고했거나 약속한 시간이 없습니다.",
  fate: "어떻게 되었나",
  howMany: "개수",
  evidence: "번호와 근거",
  showEvidence: "근거 보기",
  moreRanges: (_, written) => `그 밖에 ${written}개 구간`,
  unused: "장치가 아직 이 번호에 이르지 않았습니다.",
  shows: {
    record: "측정값 자체",
    batch: "그것이 들어온 묶음",
    pruning: "더는 보관하지 않는다는 도시의 진술",
    "says-skipped": "쓰지 않았다고 말하는 측정값",
    "says-thinned": "뺐다고 말하는 측정값",
    before: "빈자리 앞의 측정값",
    after: "빈자리 뒤의 측정값",
  },
  noReadingNow: "지금은 이 측정값을 찾을 수 없습니다.",
  life: "이력",
  lifeLead: "도시가 이 장치에 대해 서명한 것과 장치가 스스로 말한 것.",
  events: {
    enrolled: "등록됨",
    moved: "옮겨짐",
    reassigned: "다른 곳에 배정됨",
    replaced: "교체한 장치:",
    rotated: "바뀐 키:",
    revoked: "폐지됨:",
    configuration: "설정됨, 버전",
    started: "시작함:",
    alarm: "경보:",
    update: "업데이트:",
    equivocation: "다른 내용으로 두 번 서명됨, 번호",
  },
  calm: "경보 해제",
  itsClock: "장치의 시계",
  settings: "설정",
  desired: "해야 하는 것",
  reported: "한다고 말하는 것",
  notConfigured: "설정한 사람이 없습니다. 만들어진 대로 동작합니다.",
  notSaid: "말하지 않음",
  version: (version) => `버전 ${version}`,
  software: "소프트웨어",
  promised: "다음 보고까지",
  seconds: (seconds) => `${seconds}초`,
  settingsNote: "장치는 어느 버전의 설정을 따르는지 게이트웨이에 알립니다. 서명된 측정값이 말하는 것은 여기 적힌 것뿐입니다.",
};

const zh: DeviceTexts = {
  title: (kid) => `设备 ${kid}`,
  unknownDevice: "没有以此密钥登记的设备。",
  newest: "最新读数",
  enrolment: "登记于",
  where: "位置",
  key: "密钥",
  citizensPage: (name) => `市民看到的${name}页面`,
  readings: "全部读数",
  number: (seq) => `第 ${seq} 号`,
  entry: (index) => `日志条目 ${index}`,
  charts: "测得的数值",
  chartsLead: "每个点都是设备签名的读数，没有平均值。点击一个点即可核验其证明；拖动选取一段可放大。方向键逐点移动，回车键核验。",
  chartOf: (name) => `图表：${name}`,
  span: "截至最新读数的时间段",
  spans: { day: "一天", week: "一周", month: "一个月", year: "一年", all: "全部" },
  noReadingHint: "设备报告后，图表会出现在这里。",
  noSeries: "服务器目前没有它的变化过程。",
  noNumbers: "它还没有报告过数值。",
  emptySpan: "这段时间没有读数。",
  pickPoint: "未选择任何点",
  thinned: (shown, total) => `${total} 个读数中的 ${shown} 个：每个区间的首个、最低、最高和最后一个。`,
  all: (_, written) => `这段时间的全部 ${written} 个读数。`,
  pruned: "已超过城市保存记录的期限，无法再证明",
  table: "以表格显示",
  rows: (_, written) => `${written} 个读数`,
  moreRows: (_, written) => `再显示 ${written} 个`,
  time: "时间",
  numberHead: "编号",
  proof: "证明",
  missing: (_, written) => `缺少 ${written} 个读数。`,
  notSilent: "没有逾期：它在承诺的时间内报告了，或没有承诺时间。",
  fate: "结果",
  howMany: "数量",
  evidence: "编号及其证据",
  showEvidence: "查看证据",
  moreRanges: (_, written) => `以及另外 ${written} 段`,
  unused: "设备还没有用到这个编号。",
  shows: {
    record: "读数本身",
    batch: "它所在的批次",
    pruning: "城市不再保存它的声明",
    "says-skipped": "声明从未使用它的读数",
    "says-thinned": "声明略去它的读数",
    before: "空缺之前的读数",
    after: "空缺之后的读数",
  },
  noReadingNow: "目前找不到这个读数。",
  life: "历史",
  lifeLead: "城市就它签署的内容，以及它对自身的说明。",
  events: {
    enrolled: "已登记",
    moved: "已移动",
    reassigned: "改派到别处",
    replaced: "被替换为",
    rotated: "密钥更换为",
    revoked: "已撤销：",
    configuration: "已配置，版本",
    started: "已启动：",
    alarm: "警报：",
    update: "更新：",
    equivocation: "以不同内容签名两次：编号",
  },
  calm: "警报解除",
  itsClock: "以设备时钟为准",
  settings: "设置",
  desired: "应当怎样做",
  reported: "它说自己怎样做",
  notConfigured: "没有人配置过它：按出厂设置工作。",
  notSaid: "未说明",
  version: (version) => `版本 ${version}`,
  software: "软件",
  promised: "下次报告不晚于",
  seconds: (seconds) => `${seconds} 秒`,
  settingsNote: "设备会告诉网关它遵循哪个版本的设置；签名的读数只说明此处列出的内容。",
};

export const deviceTexts: Dictionary<DeviceTexts> = { en, ko, zh };
