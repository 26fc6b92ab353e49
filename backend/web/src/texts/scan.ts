/** Texts of the page that scans a code. */

import type { Dictionary } from "./language.ts";

export interface ScanTexts {
  readonly title: string;
  readonly lead: string;
  readonly starting: string;
  readonly looking: string;
  readonly found: string;
  readonly denied: string;
  readonly deniedHint: string;
  readonly noCamera: string;
  readonly noCameraHint: string;
  readonly insecure: string;
  readonly elsewhere: (host: string) => string;
  readonly elsewhereHint: string;
  readonly follow: string;
  readonly notACode: string;
  readonly again: string;
  readonly fromPhoto: string;
  readonly nothingInPhoto: string;
  readonly byName: string;
  readonly byNameHint: string;
  readonly go: string;
  readonly privacy: string;
}

const en: ScanTexts = {
  title: "Scan a code",
  lead: "Hold the code on a bin or a tree, or the one on a bin’s display, into the frame.",
  starting: "Starting the camera …",
  looking: "Looking for a code …",
  found: "Found. Opening its page …",
  denied: "The camera is switched off for this page",
  deniedHint: "Allow it in the browser’s settings, or use a photo or the number on the label.",
  noCamera: "This device shows no camera to the browser",
  noCameraHint: "Use a photo of the code, or the number on the label.",
  insecure: "Browsers lend the camera only to pages that come over HTTPS.",
  elsewhere: (host) => `This code leads elsewhere: ${host}`,
  elsewhereHint: "It is not of this city. Somebody may have stuck it over the real one.",
  follow: "Open it all the same",
  notACode: "This code is no address:",
  again: "Scan again",
  fromPhoto: "Use a photo",
  nothingInPhoto: "There is no code to be read in this photo.",
  byName: "Number on the label",
  byNameHint: "for example 12",
  go: "Open",
  privacy: "The picture stays on this phone: nothing of it is sent or kept.",
};

const ko: ScanTexts = {
  title: "코드 스캔",
  lead: "수거함이나 나무의 코드, 또는 수거함 화면의 코드를 틀 안에 맞춰 주십시오.",
  starting: "카메라를 켜는 중 …",
  looking: "코드를 찾는 중 …",
  found: "찾았습니다. 페이지를 여는 중 …",
  denied: "이 페이지에서 카메라가 꺼져 있습니다",
  deniedHint: "브라우저 설정에서 허용하거나, 사진이나 라벨의 번호를 이용해 주십시오.",
  noCamera: "브라우저가 이 기기의 카메라를 찾지 못합니다",
  noCameraHint: "코드 사진이나 라벨의 번호를 이용해 주십시오.",
  insecure: "브라우저는 HTTPS로 온 페이지에만 카메라를 빌려줍니다.",
  elsewhere: (host) => `다른 곳으로 가는 코드입니다: ${host}`,
  elsewhereHint: "이 도시의 코드가 아닙니다. 누군가 진짜 위에 붙였을 수 있습니다.",
  follow: "그래도 열기",
  notACode: "주소가 아닌 코드입니다:",
  again: "다시 스캔",
  fromPhoto: "사진 이용",
  nothingInPhoto: "이 사진에서 읽을 수 있는 코드가 없습니다.",
  byName: "라벨의 번호",
  byNameHint: "예: 12",
  go: "열기",
  privacy: "사진은 이 휴대폰에만 있습니다. 보내거나 저장하지 않습니다.",
};

const zh: ScanTexts = {
  title: "扫码",
  lead: "将垃圾箱或树上的二维码，或垃圾箱屏幕上的二维码，对准取景框。",
  starting: "正在启动相机……",
  looking: "正在寻找二维码……",
  found: "已找到，正在打开页面……",
  denied: "此页面的相机已关闭",
  deniedHint: "请在浏览器设置中允许，或使用照片或标签上的编号。",
  noCamera: "浏览器在此设备上找不到相机",
  noCameraHint: "请使用二维码照片或标签上的编号。",
  insecure: "浏览器只向经 HTTPS 打开的页面提供相机。",
  elsewhere: (host) => `此码指向别处：${host}`,
  elsewhereHint: "它不属于本市。可能有人把它贴在了真码上面。",
  follow: "仍然打开",
  notACode: "此码不是网址：",
  again: "重新扫码",
  fromPhoto: "使用照片",
  nothingInPhoto: "照片中没有可读的二维码。",
  byName: "标签上的编号",
  byNameHint: "例如 12",
  go: "打开",
  privacy: "画面只留在此手机：不会发送，也不会保存。",
};

export const scanTexts: Dictionary<ScanTexts> = { en, ko, zh };
