/** What all pages have in common before their own title and script, and below for browsers that run none. */

import type { Plugin } from "vite";

const HEAD = `<meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <meta name="theme-color" content="#ffffff" media="(prefers-color-scheme: light)" />
    <meta name="theme-color" content="#1a201d" media="(prefers-color-scheme: dark)" />
    <link rel="icon" href="./src/icon.svg" type="image/svg+xml" />
    <link rel="apple-touch-icon" href="/apple-touch-icon.png" />
    <link rel="manifest" href="/manifest.webmanifest" />
    <link rel="stylesheet" href="./src/styles/main.css" />`;

const NO_SCRIPT = `<noscript>
      <p>This page reads and checks proofs in your browser, for which it needs JavaScript.</p>
      <p lang="ko">이 페이지는 브라우저에서 증명을 읽고 확인하므로 JavaScript가 필요합니다.</p>
      <p lang="zh-Hans">此页面在您的浏览器中读取并核验证明，因此需要 JavaScript。</p>
    </noscript>`;

/** Fills both places in a page's HTML, before anything in it is resolved. */
export function head(): Plugin {
  return {
    name: "civicroot:head",
    transformIndexHtml: { order: "pre", handler: (html) => html.replace("<!-- head -->", HEAD).replace("<!-- no script -->", NO_SCRIPT) },
  };
}
