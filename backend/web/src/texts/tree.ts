/** Texts of what people want to know of a tree: what it is, how old, how it grows. */

import type { Dictionary } from "./language.ts";

export interface TreeTexts {
  readonly species: string;
  readonly planted: string;
  readonly age: string;
  readonly years: (years: number, written: string) => string;
  readonly youngerThanOne: string;
  readonly trunk: string;
  readonly unknown: string;
  readonly fromInventory: string;
  readonly statement: string;
  readonly notStated: string;
  readonly district: string;
  readonly address: string;
  readonly picture: (name: string) => string;
  readonly pictureElsewhere: string;
  readonly growth: string;
  readonly growthLead: string;
}

const en: TreeTexts = {
  species: "Species",
  planted: "Planted",
  age: "Age",
  years: (years, written) => (years === 1 ? "1 year in this place" : `${written} years in this place`),
  youngerThanOne: "less than a year in this place",
  trunk: "Trunk across",
  unknown: "not on record",
  fromInventory: "From the city’s tree inventory; the tag on the tree does not measure this.",
  statement: "Check the city’s statement",
  notStated: "The city has not put this inventory into the public log, so there is no proof of it.",
  district: "District",
  address: "Address",
  picture: (name) => `Photo of ${name}`,
  pictureElsewhere: "A photo, on another site",
  growth: "How the trunk grows",
  growthLead: "Change of the trunk’s girth, in millimetres.",
};

const ko: TreeTexts = {
  species: "나무 종류",
  planted: "심은 때",
  age: "나이",
  years: (_, written) => `이 자리에서 ${written}년`,
  youngerThanOne: "이 자리에서 1년 미만",
  trunk: "줄기 지름",
  unknown: "기록 없음",
  fromInventory: "도시의 나무 대장에서 온 내용이며, 나무에 달린 태그가 측정한 것이 아닙니다.",
  statement: "도시의 진술 확인하기",
  notStated: "도시가 이 대장을 공개 로그에 올리지 않아 증명이 없습니다.",
  district: "구역",
  address: "주소",
  picture: (name) => `${name} 사진`,
  pictureElsewhere: "다른 사이트에 있는 사진",
  growth: "줄기의 생장",
  growthLead: "줄기 둘레의 변화(밀리미터).",
};

const zh: TreeTexts = {
  species: "树种",
  planted: "种植时间",
  age: "树龄",
  years: (_, written) => `在此处 ${written} 年`,
  youngerThanOne: "在此处不足一年",
  trunk: "树干直径",
  unknown: "无记录",
  fromInventory: "来自城市的树木名录，并非树上标签所测。",
  statement: "核验城市的声明",
  notStated: "城市没有把此名录列入公开日志，因此没有证明。",
  district: "区域",
  address: "地址",
  picture: (name) => `${name}的照片`,
  pictureElsewhere: "其他网站上的照片",
  growth: "树干的生长",
  growthLead: "树干围长的变化，单位毫米。",
};

export const treeTexts: Dictionary<TreeTexts> = { en, ko, zh };
