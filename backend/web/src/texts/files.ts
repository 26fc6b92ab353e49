/** Texts of the links to files. */

import type { Dictionary } from "./language.ts";

export interface FilesTexts {
  readonly files: string;
}

export const filesTexts: Dictionary<FilesTexts> = {
  en: { files: "As a file:" },
  ko: { files: "파일로 받기:" },
  zh: { files: "下载为文件：" },
};
