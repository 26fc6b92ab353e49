/** Texts that the pages for staff share. */

import type { Dictionary } from "./language.ts";

export interface StaffTexts {
  readonly forStaff: string;
  readonly signIn: string;
  readonly noRole: (name: string) => string;
  readonly district: string;
  readonly wholeCity: string;
  readonly pages: string;
  readonly leads: Readonly<Record<"alarms" | "people", string>>;
  readonly problem: {
    readonly offline: string;
    readonly notSignedIn: string;
    readonly notAllowed: string;
    readonly signInAgain: string;
    readonly changed: string;
    readonly taken: string;
    readonly lastOperator: string;
    readonly notFound: string;
    readonly other: string;
  };
}

const en: StaffTexts = {
  forStaff: "This page is for people who work for the city.",
  signIn: "Sign in",
  noRole: (name) => `${name}, you have no role that this page is for.`,
  district: "District",
  wholeCity: "Whole city",
  pages: "Pages for you",
  leads: { alarms: "Alarms", people: "People" },
  problem: {
    offline: "The server does not answer. Nothing was changed.",
    notSignedIn: "You are not signed in any more.",
    notAllowed: "You may not do this here.",
    signInAgain: "For this, sign in again: the last time was more than a quarter of an hour ago.",
    changed: "Somebody changed it meanwhile. Open it again to see how it is now.",
    taken: "Somebody was quicker, or the name is taken.",
    lastOperator: "The city needs an operator: name another one first.",
    notFound: "It is not there any more.",
    other: "The server refuses:",
  },
};

const ko: StaffTexts = {
  forStaff: "도시를 위해 일하는 사람을 위한 페이지입니다.",
  signIn: "로그인",
  noRole: (name) => `${name} 님에게는 이 페이지를 쓸 수 있는 역할이 없습니다.`,
  district: "구역",
  wholeCity: "도시 전체",
  pages: "나를 위한 페이지",
  leads: { alarms: "경보", people: "사람" },
  problem: {
    offline: "서버가 응답하지 않습니다. 바뀐 것은 없습니다.",
    notSignedIn: "로그인이 끝났습니다.",
    notAllowed: "여기서는 이 작업을 할 수 없습니다.",
    signInAgain: "마지막 로그인이 15분보다 오래되었습니다. 다시 로그인해 주세요.",
    changed: "그사이에 다른 사람이 바꾸었습니다. 다시 열어 지금 상태를 확인해 주세요.",
    taken: "다른 사람이 먼저 했거나 이미 있는 이름입니다.",
    lastOperator: "도시에는 운영자가 있어야 합니다. 먼저 다른 운영자를 정해 주세요.",
    notFound: "더는 존재하지 않습니다.",
    other: "서버가 거부했습니다:",
  },
};

const zh: StaffTexts = {
  forStaff: "此页面供城市工作人员使用。",
  signIn: "登录",
  noRole: (name) => `${name}，您没有使用此页面的角色。`,
  district: "区域",
  wholeCity: "全市",
  pages: "供您使用的页面",
  leads: { alarms: "告警", people: "人员" },
  problem: {
    offline: "服务器没有响应，未作任何更改。",
    notSignedIn: "您已不在登录状态。",
    notAllowed: "您不能在此进行这项操作。",
    signInAgain: "距上次登录已超过一刻钟，请重新登录。",
    changed: "其间有人作了更改，请重新打开查看现状。",
    taken: "已有人先做了，或名称已被占用。",
    lastOperator: "城市需要一名运营人员，请先指定另一名。",
    notFound: "它已不存在。",
    other: "服务器拒绝：",
  },
};

export const staffTexts: Dictionary<StaffTexts> = { en, ko, zh };
