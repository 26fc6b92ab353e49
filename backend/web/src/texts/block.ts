/** Texts of the page that looks up a block. */

import type { Dictionary } from "./language.ts";

export interface BlockTexts {
  readonly title: string;
  readonly lead: string;
  readonly nothing: string;
  readonly chain: string;
  readonly number: string;
  readonly hash: string;
  readonly address: string;
  readonly addressHint: string;
  readonly privacy: string;
  readonly ask: string;
  readonly asking: string;
  readonly notAnAddress: string;
  readonly found: (host: string, above: string) => string;
  readonly foundHint: string;
  readonly other: (host: string) => string;
  readonly otherHint: string;
  readonly otherChain: (host: string, chain: string) => string;
  readonly absent: (host: string) => string;
  readonly unreachable: (host: string) => string;
}

const en: BlockTexts = {
  title: "Look up a block",
  lead: "The proof says that a block of a blockchain records the city’s log. Ask a node of that chain, which you choose, whether it has this block.",
  nothing: "This address names no block. Follow the link beside an anchor in a verdict.",
  chain: "Chain",
  number: "Block",
  hash: "Hash",
  address: "Address of a node (JSON-RPC)",
  addressHint: "https://…",
  privacy: "Your browser asks that address two things: which chain it is of, and for this block and the newest. It tells it nothing else, and keeps nothing.",
  ask: "Ask",
  asking: "Asking …",
  notAnAddress: "That is no address of a web server that this page may ask: https, or a node on this machine.",
  found: (host, above) => `${host} has this very block; ${above} blocks lie above it.`,
  foundHint: "If you trust that node, the anchor holds. With few blocks above it, the block may still be replaced.",
  other: (host) => `${host} has another block at this number.`,
  otherHint: "If you trust that node, the anchor does not hold: the block is not on the chain.",
  otherChain: (host, chain) => `${host} is of another chain: ${chain}.`,
  absent: (host) => `${host} does not have a block at this number yet.`,
  unreachable: (host) => `${host} gave no usable answer. It may be down, or not answer pages of other sites.`,
};

const ko: BlockTexts = {
  title: "블록 찾아보기",
  lead: "증명은 블록체인의 한 블록이 도시의 로그를 기록했다고 말합니다. 직접 고른 그 체인의 노드에 이 블록이 있는지 물어보십시오.",
  nothing: "이 주소는 블록을 가리키지 않습니다. 확인 결과의 고정 항목 옆 링크를 따라오십시오.",
  chain: "체인",
  number: "블록",
  hash: "해시",
  address: "노드 주소(JSON-RPC)",
  addressHint: "주소: https://…",
  privacy: "브라우저는 그 주소에 두 가지만 묻습니다. 어느 체인인지, 그리고 이 블록과 최신 블록입니다. 다른 것은 알리지 않고 아무것도 저장하지 않습니다.",
  ask: "물어보기",
  asking: "묻는 중 …",
  notAnAddress: "이 페이지가 물어볼 수 있는 웹 서버 주소가 아닙니다. https 또는 이 컴퓨터의 노드여야 합니다.",
  found: (host, above) => `${host}에 바로 이 블록이 있으며 그 위에 블록 ${above}개가 있습니다.`,
  foundHint: "그 노드를 믿는다면 고정이 성립합니다. 위에 쌓인 블록이 적으면 아직 바뀔 수 있습니다.",
  other: (host) => `${host}에는 이 번호에 다른 블록이 있습니다.`,
  otherHint: "그 노드를 믿는다면 고정이 성립하지 않습니다. 블록이 체인에 없습니다.",
  otherChain: (host, chain) => `${host}은(는) 다른 체인입니다: ${chain}.`,
  absent: (host) => `${host}에는 아직 이 번호의 블록이 없습니다.`,
  unreachable: (host) => `${host}에서 쓸 수 있는 답이 오지 않았습니다. 꺼져 있거나 다른 사이트의 페이지에 답하지 않을 수 있습니다.`,
};

const zh: BlockTexts = {
  title: "查询区块",
  lead: "证明称某条区块链的一个区块记录了城市的日志。请向您自己选择的该链节点询问是否有此区块。",
  nothing: "此地址未指明区块。请从核验结果中锚定旁边的链接进入。",
  chain: "链",
  number: "区块",
  hash: "哈希",
  address: "节点地址（JSON-RPC）",
  addressHint: "地址：https://……",
  privacy: "您的浏览器只向该地址询问两件事：它属于哪条链，以及此区块和最新区块。不告知其他内容，也不保存任何内容。",
  ask: "询问",
  asking: "正在询问……",
  notAnAddress: "这不是本页可以询问的网络服务器地址：须为 https，或本机上的节点。",
  found: (host, above) => `${host} 正有此区块；其上有 ${above} 个区块。`,
  foundHint: "如果您信任该节点，锚定成立。其上区块很少时，此区块仍可能被替换。",
  other: (host) => `${host} 在此编号处是另一个区块。`,
  otherHint: "如果您信任该节点，锚定不成立：该区块不在链上。",
  otherChain: (host, chain) => `${host} 属于另一条链：${chain}。`,
  absent: (host) => `${host} 尚无此编号的区块。`,
  unreachable: (host) => `${host} 没有给出可用的回答。它可能已停机，或不回答其他网站的页面。`,
};

export const blockTexts: Dictionary<BlockTexts> = { en, ko, zh };
