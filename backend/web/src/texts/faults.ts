/** What a device says is wrong with it, in plain words, and what to check there (docs/devices.md, Faults and Alarms). */

import type { Dictionary } from "./language.ts";

/** Flags of a sensor's fault, as the firmware says them (sensors/sensor.py, safe_mode.py). */
export const FLAGS = ["no-answer", "bad-crc", "not-ready", "saturated", "out-of-range", "uncalibrated", "safe-mode"] as const;
export type Flag = (typeof FLAGS)[number];
/** Alarms that a device raises itself (reporting/kinds.py). */
export const ALARMS = ["fire", "full", "tilt", "battery", "knock"] as const;
export type Alarm = (typeof ALARMS)[number];
/** Faults that mean something else at this part than at others. */
export const PARTS = ["scan:no-answer", "scan:bad-crc", "display:no-answer", "display:not-ready", "deposit:not-ready"] as const;
export type Part = (typeof PARTS)[number];

export interface Advice {
  readonly says: string;
  readonly check: string;
}

export interface FaultTexts {
  readonly flags: Readonly<Record<Flag, Advice>>;
  readonly parts: Readonly<Record<Part, Advice>>;
  readonly alarms: Readonly<Record<Alarm, Advice>>;
  readonly silent: Advice;
  readonly unknown: Advice;
  readonly sensors: Readonly<Record<string, string>>;
  readonly alarmNames: Readonly<Record<Alarm, string>>;
}

const en: FaultTexts = {
  flags: {
    "no-answer": { says: "The sensor does not answer.", check: "Look for a loose plug, a cut cable or a missing supply; then change the sensor." },
    "bad-crc": { says: "It answers, but what it says arrives damaged.", check: "Is the cable too long, or beside a motor? Is there water in the plug?" },
    "not-ready": { says: "Its measurement did not end in time.", check: "If it stays, change the sensor." },
    saturated: { says: "The signal is stronger than it can measure.", check: "Scale: overloaded, or a wire of the load cell is broken. Distance: does the sun shine into the sensor?" },
    "out-of-range": { says: "It measures what cannot be.", check: "Clean the sensor, check how it is mounted, calibrate it." },
    uncalibrated: { says: "It is not calibrated, so its value says nothing.", check: "Calibrate it." },
    "safe-mode": { says: "The device started five times in a row in vain. It only reports and takes updates now.", check: "Check its battery and the plugs of all sensors, then take the power away and give it back. It tries again by itself once a day." },
  },
  parts: {
    "scan:no-answer": { says: "The card reader does not answer.", check: "Check its cable and its 5 V supply. The bin works on without it." },
    "scan:bad-crc": { says: "What the card reader says arrives damaged.", check: "Check its cable. The bin works on without it." },
    "display:no-answer": { says: "The display does not answer.", check: "Check the flat cable and its lock. The bin works on without it." },
    "display:not-ready": { says: "The display takes too long.", check: "Below 0 °C: wait. Else change the panel." },
    "deposit:not-ready": { says: "The scale did not come to rest after a deposit.", check: "Is there wind on the bin? If it stays, change the load cell." },
  },
  alarms: {
    fire: { says: "It is very hot, or became hot fast.", check: "Fire? Keep away and call the fire brigade. Else: does the sun heat the housing?" },
    full: { says: "It is full.", check: "Empty it. If it is not full: clean the sensor." },
    tilt: { says: "It stands askew.", check: "Was it pushed over? Stand it up; a leaning tree: keep people away and call the tree office." },
    battery: { says: "The battery is nearly empty.", check: "Bring another battery; look at the solar panel and its plug." },
    knock: { says: "Something hit it.", check: "Look for damage." },
  },
  silent: { says: "It has not reported for longer than it promised.", check: "Check power, antenna and housing. If others around are silent too, it is the gateway." },
  unknown: { says: "It says something that this page does not know.", check: "Ask whoever runs the devices." },
  sensors: { scan: "Card reader", display: "Display", device: "The device", deposit: "Weighing a deposit" },
  alarmNames: { fire: "Fire", full: "Full", tilt: "Tilt", battery: "Battery", knock: "Knock" },
};

const ko: FaultTexts = {
  flags: {
    "no-answer": { says: "센서가 응답하지 않습니다.", check: "헐거운 플러그, 끊어진 전선, 전원을 살펴보고 그래도 안 되면 센서를 바꾸십시오." },
    "bad-crc": { says: "응답은 하지만 값이 깨져서 옵니다.", check: "전선이 너무 길거나 모터 옆에 있습니까? 플러그에 물이 들어갔습니까?" },
    "not-ready": { says: "측정이 제때 끝나지 않았습니다.", check: "계속되면 센서를 바꾸십시오." },
    saturated: { says: "신호가 잴 수 있는 범위보다 셉니다.", check: "저울: 너무 무겁거나 로드셀 선이 끊어졌습니다. 거리: 센서에 햇빛이 들어갑니까?" },
    "out-of-range": { says: "있을 수 없는 값을 잽니다.", check: "센서를 닦고, 붙은 상태를 살피고, 보정하십시오." },
    uncalibrated: { says: "보정되지 않아 값이 아무것도 뜻하지 않습니다.", check: "보정하십시오." },
    "safe-mode": { says: "장치가 다섯 번 연달아 시작에 실패했습니다. 지금은 보고와 업데이트만 합니다.", check: "배터리와 모든 센서의 플러그를 살핀 뒤 전원을 뺐다가 다시 넣으십시오. 하루에 한 번 스스로 다시 시도합니다." },
  },
  parts: {
    "scan:no-answer": { says: "카드 판독기가 응답하지 않습니다.", check: "전선과 5 V 전원을 살피십시오. 수거함은 판독기 없이도 작동합니다." },
    "scan:bad-crc": { says: "카드 판독기의 값이 깨져서 옵니다.", check: "전선을 살피십시오. 수거함은 판독기 없이도 작동합니다." },
    "display:no-answer": { says: "화면이 응답하지 않습니다.", check: "납작한 전선과 잠금을 살피십시오. 수거함은 화면 없이도 작동합니다." },
    "display:not-ready": { says: "화면이 너무 오래 걸립니다.", check: "영하이면 기다리고, 아니면 화면을 바꾸십시오." },
    "deposit:not-ready": { says: "투입 뒤 저울이 멈추지 않았습니다.", check: "수거함이 바람에 흔들립니까? 계속되면 로드셀을 바꾸십시오." },
  },
  alarms: {
    fire: { says: "매우 뜨겁거나 빠르게 뜨거워졌습니다.", check: "불입니까? 물러나서 119에 전화하십시오. 아니면 햇빛에 달궈졌는지 보십시오." },
    full: { says: "가득 찼습니다.", check: "비우십시오. 차지 않았으면 센서를 닦으십시오." },
    tilt: { says: "기울어져 있습니다.", check: "넘어졌으면 세우십시오. 나무가 기울면 사람을 물리고 나무 담당 부서에 전화하십시오." },
    battery: { says: "배터리가 거의 비었습니다.", check: "새 배터리를 가져오고 태양광 판과 플러그를 살피십시오." },
    knock: { says: "무언가에 부딪혔습니다.", check: "망가진 곳을 찾으십시오." },
  },
  silent: { says: "약속한 시간이 지나도록 보고하지 않습니다.", check: "전원, 안테나, 함을 살피십시오. 둘레의 다른 장치도 조용하면 게이트웨이 문제입니다." },
  unknown: { says: "이 페이지가 모르는 것을 말합니다.", check: "장치를 운영하는 사람에게 물어보십시오." },
  sensors: { scan: "카드 판독기", display: "화면", device: "장치", deposit: "투입물 무게 재기" },
  alarmNames: { fire: "화재", full: "가득 참", tilt: "기울어짐", battery: "배터리", knock: "충격" },
};

const zh: FaultTexts = {
  flags: {
    "no-answer": { says: "传感器没有应答。", check: "检查插头是否松动、电缆是否断开、供电是否缺失；仍不行则更换传感器。" },
    "bad-crc": { says: "有应答，但数据到达时已损坏。", check: "电缆是否太长或靠近电机？插头里是否进水？" },
    "not-ready": { says: "测量没有按时结束。", check: "如果持续出现，更换传感器。" },
    saturated: { says: "信号超出了可测范围。", check: "秤：超载，或称重传感器的线断了。测距：阳光是否照进传感器？" },
    "out-of-range": { says: "测得的值不可能。", check: "清洁传感器，检查安装，重新校准。" },
    uncalibrated: { says: "尚未校准，数值没有意义。", check: "请校准。" },
    "safe-mode": { says: "设备连续五次启动失败，现在只上报和接收更新。", check: "检查电池和所有传感器的插头，然后断电再通电。设备每天会自行重试一次。" },
  },
  parts: {
    "scan:no-answer": { says: "读卡器没有应答。", check: "检查电缆和 5 V 供电。没有它垃圾箱照常工作。" },
    "scan:bad-crc": { says: "读卡器的数据到达时已损坏。", check: "检查电缆。没有它垃圾箱照常工作。" },
    "display:no-answer": { says: "显示屏没有应答。", check: "检查排线和锁扣。没有它垃圾箱照常工作。" },
    "display:not-ready": { says: "显示屏耗时过长。", check: "低于 0 °C：请等待；否则更换面板。" },
    "deposit:not-ready": { says: "投放后秤没有静止下来。", check: "垃圾箱是否被风吹动？如果持续出现，更换称重传感器。" },
  },
  alarms: {
    fire: { says: "温度很高，或上升很快。", check: "着火了？请远离并拨打 119。否则看看是否被太阳晒热。" },
    full: { says: "已满。", check: "请清空。如果没有满：清洁传感器。" },
    tilt: { says: "倾斜了。", check: "被推倒了？请扶正；树木倾斜：请疏散行人并联系树木管理部门。" },
    battery: { says: "电量即将耗尽。", check: "带一块新电池；检查太阳能板及其插头。" },
    knock: { says: "被撞击过。", check: "查看有无损坏。" },
  },
  silent: { says: "超过约定时间没有上报。", check: "检查供电、天线和外壳。如果周围其他设备也没有上报，则是网关的问题。" },
  unknown: { says: "它报告了此页面不认识的内容。", check: "请询问设备运行人员。" },
  sensors: { scan: "读卡器", display: "显示屏", device: "设备本身", deposit: "投放称重" },
  alarmNames: { fire: "火情", full: "已满", tilt: "倾斜", battery: "电量", knock: "撞击" },
};

export const faultTexts: Dictionary<FaultTexts> = { en, ko, zh };
