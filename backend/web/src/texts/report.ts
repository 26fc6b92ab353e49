/** Texts of reporting a problem at a bin or tree. */

import type { Dictionary } from "./language.ts";

/** Kinds of problems, as the API names them. */
export const BIN_PROBLEMS = ["full", "damaged", "litter", "smell", "blocked", "wrong-reading", "other"] as const;
export const TREE_PROBLEMS = ["dry", "dying", "broken-branch", "damaged", "wrong-reading", "other"] as const;
export type Problem = (typeof BIN_PROBLEMS)[number] | (typeof TREE_PROBLEMS)[number];

export interface ReportTexts {
  readonly heading: string;
  readonly lead: string;
  readonly what: string;
  readonly problems: Readonly<Record<Problem, string>>;
  readonly words: string;
  readonly wordsNeeded: string;
  readonly photo: string;
  readonly photoHint: string;
  readonly photoChosen: string;
  readonly removePhoto: string;
  readonly send: string;
  readonly sending: string;
  readonly thanks: string;
  readonly thanksHint: (id: string) => string;
  readonly takeBack: string;
  readonly takenBack: string;
  readonly photoFailed: string;
  readonly failed: string;
  readonly offline: string;
  readonly tooMany: string;
}

const en: ReportTexts = {
  heading: "Report a problem",
  lead: "The people who look after it get this. No name, no account.",
  what: "What is wrong?",
  problems: {
    full: "It overflows",
    damaged: "It is damaged",
    litter: "Rubbish lies around it",
    smell: "It smells",
    blocked: "It cannot be reached or opened",
    "wrong-reading": "The reading here is wrong",
    dry: "The soil is dry",
    dying: "The tree is dying",
    "broken-branch": "A branch is broken",
    other: "Something else",
  },
  words: "In your words (optional)",
  wordsNeeded: "Please say in a few words what is wrong.",
  photo: "Add a photo",
  photoHint: "Optional. Where and when it was taken is removed before it is kept. Please no faces.",
  photoChosen: "The photo that you chose",
  removePhoto: "Leave the photo out",
  send: "Send",
  sending: "Sending …",
  thanks: "Thank you. It has arrived.",
  thanksHint: (id) => `Report ${id}. You can take it back while this page is open.`,
  takeBack: "Take it back",
  takenBack: "It is deleted.",
  photoFailed: "The report has arrived, but its photo has not.",
  failed: "The city did not take it:",
  offline: "No connection. Nothing has been sent; your words are still here.",
  tooMany: "Many reports came from here just now. Please try again later.",
};

const ko: ReportTexts = {
  heading: "문제 알리기",
  lead: "관리하는 사람들에게 전달됩니다. 이름도 계정도 필요 없습니다.",
  what: "무엇이 문제인가요?",
  problems: {
    full: "넘칩니다",
    damaged: "망가졌습니다",
    litter: "둘레에 쓰레기가 흩어져 있습니다",
    smell: "냄새가 납니다",
    blocked: "다가가거나 열 수 없습니다",
    "wrong-reading": "여기 적힌 값이 틀립니다",
    dry: "흙이 말랐습니다",
    dying: "나무가 죽어 갑니다",
    "broken-branch": "가지가 부러졌습니다",
    other: "다른 문제",
  },
  words: "설명(선택)",
  wordsNeeded: "무엇이 문제인지 짧게 적어 주십시오.",
  photo: "사진 추가",
  photoHint: "선택 사항입니다. 촬영 장소와 시각은 저장 전에 지웁니다. 얼굴은 담지 말아 주십시오.",
  photoChosen: "고른 사진",
  removePhoto: "사진 빼기",
  send: "보내기",
  sending: "보내는 중 …",
  thanks: "고맙습니다. 잘 도착했습니다.",
  thanksHint: (id) => `신고 번호 ${id}. 이 페이지가 열려 있는 동안 취소할 수 있습니다.`,
  takeBack: "신고 취소",
  takenBack: "삭제되었습니다.",
  photoFailed: "신고는 도착했지만 사진은 도착하지 않았습니다.",
  failed: "도시가 받지 않았습니다:",
  offline: "연결되지 않았습니다. 아무것도 보내지 않았고, 적은 글은 그대로 있습니다.",
  tooMany: "방금 여기서 신고가 많이 왔습니다. 나중에 다시 시도해 주십시오.",
};

const zh: ReportTexts = {
  heading: "报告问题",
  lead: "负责维护的人员会收到。无需姓名，无需账号。",
  what: "有什么问题？",
  problems: {
    full: "满溢了",
    damaged: "损坏了",
    litter: "周围散落垃圾",
    smell: "有异味",
    blocked: "无法接近或打开",
    "wrong-reading": "此处读数有误",
    dry: "土壤干燥",
    dying: "树正在枯死",
    "broken-branch": "树枝折断",
    other: "其他问题",
  },
  words: "用您的话说明（可选）",
  wordsNeeded: "请简单说明有什么问题。",
  photo: "添加照片",
  photoHint: "可选。保存前会删除拍摄地点和时间。请勿拍到人脸。",
  photoChosen: "您选择的照片",
  removePhoto: "不附照片",
  send: "发送",
  sending: "正在发送……",
  thanks: "谢谢，已送达。",
  thanksHint: (id) => `报告编号 ${id}。此页面打开期间可以撤回。`,
  takeBack: "撤回",
  takenBack: "已删除。",
  photoFailed: "报告已送达，但照片没有。",
  failed: "城市未接受：",
  offline: "没有连接。什么都没有发送，您写的内容仍在这里。",
  tooMany: "刚才从这里发来了很多报告，请稍后再试。",
};

export const reportTexts: Dictionary<ReportTexts> = { en, ko, zh };
