/** Texts of the live page's alarms. */

import type { Reason, Standing } from "../api/reasons.ts";
import type { Dictionary } from "./language.ts";

/** A number, and the same as it is written. */
type Counted = (number: number, written: string) => string;

export interface AlarmTexts {
  readonly heading: string;
  readonly calm: string;
  readonly loading: string;
  readonly unavailable: string;
  readonly stale: (when: string) => string;
  readonly gateways: string;
  readonly gateway: (name: string) => string;
  readonly standings: Readonly<Record<Standing, string>>;
  readonly reasons: Readonly<Record<Reason, string>>;
  readonly otherReason: (name: string) => string;
  readonly behind: Counted;
  readonly waiting: Counted;
  readonly room: Counted;
  readonly noticed: (when: string) => string;
  readonly silent: string;
  readonly silentLead: string;
  readonly due: (when: string) => string;
  readonly more: Counted;
  readonly unnamed: Counted;
}

const en: AlarmTexts = {
  heading: "Alarms",
  calm: "No alarms: no gateway reports a problem, and no device is overdue.",
  loading: "Asking for alarms …",
  unavailable: "The server does not say whether there are alarms.",
  stale: (when) => `The server does not answer. Its last answer: ${when}.`,
  gateways: "Gateways",
  gateway: (name) => `Gateway ${name}`,
  standings: { offline: "offline", stopped: "takes nothing in", trouble: "needs somebody" },
  reasons: {
    offline: "The city cannot reach it; until it is back, readings wait in the gateway or in the devices.",
    "spool-failing": "Its storage takes no writes, so the devices keep their readings.",
    "disk-full": "Its disk is full, so the devices keep their readings until there is room.",
    "spool-full": "Its store of readings is full, so the devices keep theirs until there is room.",
    revoked: "Its key was withdrawn, so the city takes nothing from it any more.",
    "spool-damaged": "A part of the readings that it kept could not be read back.",
    contradiction: "It was told two things that cannot both be true and keeps both as evidence; a key may have been copied.",
    "clock-unset": "Its clock is not set, so it collects readings but sends none until it is.",
    "clock-back": "Its clock is behind, so it collects readings but sends none until the clock has caught up.",
    "clock-ahead": "Its clock is ahead, so it collects readings but sends none until the clock is right.",
    "batches-refused": "The city refused readings that it sent; it keeps them until somebody has mended the reason.",
    "not-enrolled": "It does not know yet that the city has enrolled it, so it sends nothing.",
    "devices-down": "It cannot reach the broker that connects its devices, so no readings come in.",
    "bridge-down": "One of its radio bridges is gone, so no readings come in by that radio.",
    "room-short": "Its store of readings will be full in less than a day.",
    "certificate-ends": "A certificate that it connects with ends in less than two weeks.",
    "uplink-down": "It has not reached the city for an hour; it keeps the readings meanwhile.",
  },
  otherReason: (name) => `It reports “${name}”, which this page does not know.`,
  behind: (number, written) => (number === 1 ? "1 device behind it" : `${written} devices behind it`),
  waiting: (number, written) => (number === 1 ? "1 reading waiting" : `${written} readings waiting`),
  room: (number, written) =>
    number === 0 ? "room for less than an hour" : number === 1 ? "room for 1 hour" : `room for ${written} hours`,
  noticed: (when) => `noticed ${when}`,
  silent: "Silent devices",
  silentLead: "They are overdue, although their gateway is online.",
  due: (when) => `due ${when}`,
  more: (_, written) => `${written} more`,
  unnamed: (_, written) => `The ${written} that have been silent longest are named here.`,
};

const ko: AlarmTexts = {
  heading: "경보",
  calm: "경보 없음: 문제를 알리는 게이트웨이도, 보고가 늦은 장치도 없습니다.",
  loading: "경보를 확인하는 중 …",
  unavailable: "경보가 있는지 서버가 알려 주지 않습니다.",
  stale: (when) => `서버가 응답하지 않습니다. 마지막 응답: ${when}.`,
  gateways: "게이트웨이",
  gateway: (name) => `게이트웨이 ${name}`,
  standings: { offline: "연결 끊김", stopped: "수신 중단", trouble: "조치 필요" },
  reasons: {
    offline: "도시가 연결할 수 없으며, 돌아올 때까지 측정값은 게이트웨이나 장치에 남아 있습니다.",
    "spool-failing": "저장소에 기록할 수 없어 장치들이 측정값을 그대로 보관합니다.",
    "disk-full": "디스크가 가득 차서 자리가 날 때까지 장치들이 측정값을 보관합니다.",
    "spool-full": "측정값을 두는 공간이 가득 차서 자리가 날 때까지 장치들이 보관합니다.",
    revoked: "키가 폐지되어 도시는 이 게이트웨이가 보내는 것을 더는 받지 않습니다.",
    "spool-damaged": "보관하던 측정값 가운데 일부를 다시 읽을 수 없었습니다.",
    contradiction: "함께 참일 수 없는 두 가지를 받아 둘 다 증거로 보관하며, 키가 복제되었을 수 있습니다.",
    "clock-unset": "시계가 맞춰져 있지 않아 맞춰질 때까지 측정값을 모으기만 하고 보내지 않습니다.",
    "clock-back": "시계가 뒤처져 있어 따라잡을 때까지 측정값을 모으기만 하고 보내지 않습니다.",
    "clock-ahead": "시계가 앞서 있어 바로잡힐 때까지 측정값을 모으기만 하고 보내지 않습니다.",
    "batches-refused": "보낸 측정값을 도시가 거부했으며, 누군가 원인을 바로잡을 때까지 보관합니다.",
    "not-enrolled": "도시에 등록되었다는 것을 아직 알지 못해 아무것도 보내지 않습니다.",
    "devices-down": "장치들을 잇는 브로커에 연결할 수 없어 측정값이 들어오지 않습니다.",
    "bridge-down": "무선 중계기 하나가 사라져 그 무선으로는 측정값이 들어오지 않습니다.",
    "room-short": "측정값을 두는 공간이 하루 안에 가득 찹니다.",
    "certificate-ends": "연결에 쓰는 인증서가 2주 안에 만료됩니다.",
    "uplink-down": "한 시간 동안 도시에 연결하지 못했으며, 그동안 측정값을 보관합니다.",
  },
  otherReason: (name) => `이 페이지가 모르는 문제 “${name}”을(를) 알립니다.`,
  behind: (_, written) => `뒤에 있는 장치 ${written}대`,
  waiting: (_, written) => `대기 중인 측정값 ${written}개`,
  room: (number, written) => (number === 0 ? "남은 공간 1시간 미만" : `남은 공간 ${written}시간분`),
  noticed: (when) => `${when} 알게 됨`,
  silent: "소식이 없는 장치",
  silentLead: "게이트웨이는 연결되어 있지만 보고가 늦고 있습니다.",
  due: (when) => `${when} 보고 예정`,
  more: (_, written) => `${written}대 더 보기`,
  unnamed: (_, written) => `가장 오래 소식이 없는 ${written}대만 적었습니다.`,
};

const zh: AlarmTexts = {
  heading: "警报",
  calm: "没有警报：没有网关报告问题，也没有设备逾期未报。",
  loading: "正在查询警报……",
  unavailable: "服务器未说明是否有警报。",
  stale: (when) => `服务器没有响应。最近一次响应：${when}。`,
  gateways: "网关",
  gateway: (name) => `网关 ${name}`,
  standings: { offline: "离线", stopped: "停止接收", trouble: "需要处理" },
  reasons: {
    offline: "城市无法连接它；在它恢复之前，读数留在网关或设备中。",
    "spool-failing": "其存储无法写入，读数由设备自行保留。",
    "disk-full": "其磁盘已满，在腾出空间之前，读数由设备自行保留。",
    "spool-full": "其读数存储已满，在腾出空间之前，读数由设备自行保留。",
    revoked: "其密钥已被撤销，城市不再接收它发来的任何内容。",
    "spool-damaged": "它保存的部分读数无法再读出。",
    contradiction: "它收到两项不可能同时为真的内容，并将二者作为证据保留；密钥可能被复制。",
    "clock-unset": "其时钟尚未校准，在校准之前只收集读数，不发送。",
    "clock-back": "其时钟落后，在赶上之前只收集读数，不发送。",
    "clock-ahead": "其时钟超前，在纠正之前只收集读数，不发送。",
    "batches-refused": "城市拒绝了它发送的读数；在有人排除原因之前，它会保留这些读数。",
    "not-enrolled": "它尚不知道自己已由城市登记，因此不发送任何内容。",
    "devices-down": "它无法连接为设备传递消息的代理，因此收不到读数。",
    "bridge-down": "它的一个无线网桥失去联系，因此收不到经该无线网桥的读数。",
    "room-short": "其读数存储将在一天之内用尽。",
    "certificate-ends": "它用于连接的证书将在两周内到期。",
    "uplink-down": "它已有一小时未能连接城市，其间的读数由它保留。",
  },
  otherReason: (name) => `它报告了“${name}”，此页面不认识这一问题。`,
  behind: (_, written) => `其后有 ${written} 台设备`,
  waiting: (_, written) => `${written} 个读数待发送`,
  room: (number, written) => (number === 0 ? "剩余空间不足 1 小时" : `剩余空间可用 ${written} 小时`),
  noticed: (when) => `${when}得知`,
  silent: "没有消息的设备",
  silentLead: "它们逾期未报，而其网关在线。",
  due: (when) => `${when}应报告`,
  more: (_, written) => `另有 ${written} 台`,
  unnamed: (_, written) => `此处只列出沉默最久的 ${written} 台。`,
};

export const alarmTexts: Dictionary<AlarmTexts> = { en, ko, zh };
