/** Texts of external anchors: what each adds to a verdict. */

import type { AnchorKind } from "../verifier/policyanchor.ts";
import type { Dictionary } from "./language.ts";

export interface AnchorTexts {
  readonly heading: string;
  readonly kinds: Readonly<Record<AnchorKind, string>>;
  /** Which tree it fixed, and what it is called in the policy. */
  readonly fixed: (name: string, size: string) => string;
  readonly bitcoin: (time: string) => string;
  readonly bitcoinAdds: string;
  readonly authority: (time: string) => string;
  readonly authorityAdds: string;
  readonly chain: (time: string, number: string, chain: string) => string;
  readonly chainAdds: string;
  /** Of a chain's block that nobody vouched for. */
  readonly unseen: (time: string, number: string, chain: string) => string;
  readonly blockHash: string;
  readonly lookUp: string;
}

const en: AnchorTexts = {
  heading: "Anchored outside the city",
  kinds: { evm: "Blockchain contract", opentimestamps: "Bitcoin, through OpenTimestamps", rfc3161: "Time-stamp authority" },
  fixed: (name, size) => `${name}, for the log’s first ${size} entries.`,
  bitcoin: (time) => `It existed by ${time}: a Bitcoin block commits to it.`,
  bitcoinAdds: "What this adds: it rests on the work in that block and on nobody’s word. The miner’s clock may be about two hours off.",
  authority: (time) => `It existed by ${time}: a time-stamp authority signed that.`,
  authorityAdds: "What this adds: a clock that neither the city nor its witnesses set. It rests on that authority alone.",
  chain: (time, number, chain) => `It existed by ${time}: block ${number} of chain ${chain} records it.`,
  chainAdds: "What this adds: everybody who keeps that chain dates it, and none of them asked the city.",
  unseen: (time, number, chain) =>
    `It existed by ${time}, if block ${number} of chain ${chain} has the hash below. A file alone cannot show that: nobody has looked it up for you yet.`,
  blockHash: "Hash of the block",
  lookUp: "Look the block up",
};

const ko: AnchorTexts = {
  heading: "도시 밖의 고정",
  kinds: { evm: "블록체인 계약", opentimestamps: "비트코인(OpenTimestamps 이용)", rfc3161: "시점 확인 기관" },
  fixed: (name, size) => `${name}, 로그의 처음 ${size}개 항목에 대해.`,
  bitcoin: (time) => `${time}에는 이미 있었습니다. 비트코인 블록이 이를 담고 있습니다.`,
  bitcoinAdds: "더해 주는 것: 누구의 말이 아니라 그 블록에 든 작업에 근거합니다. 채굴자의 시계는 두 시간쯤 어긋날 수 있습니다.",
  authority: (time) => `${time}에는 이미 있었습니다. 시점 확인 기관이 그렇게 서명했습니다.`,
  authorityAdds: "더해 주는 것: 도시도 증인도 맞추지 않는 시계입니다. 그 기관만을 근거로 합니다.",
  chain: (time, number, chain) => `${time}에는 이미 있었습니다. 체인 ${chain}의 블록 ${number}에 기록되어 있습니다.`,
  chainAdds: "더해 주는 것: 그 체인을 지키는 모두가 시각을 적으며, 그들 중 누구도 도시에 묻지 않았습니다.",
  unseen: (time, number, chain) =>
    `체인 ${chain}의 블록 ${number}의 해시가 아래와 같다면 ${time}에는 이미 있었습니다. 파일만으로는 보일 수 없고, 아직 아무도 찾아보지 않았습니다.`,
  blockHash: "블록 해시",
  lookUp: "블록 찾아보기",
};

const zh: AnchorTexts = {
  heading: "城市之外的锚定",
  kinds: { evm: "区块链合约", opentimestamps: "比特币（经 OpenTimestamps）", rfc3161: "时间戳机构" },
  fixed: (name, size) => `${name}，针对日志的前 ${size} 个条目。`,
  bitcoin: (time) => `最迟在 ${time} 已存在：一个比特币区块包含了它。`,
  bitcoinAdds: "其意义：它依靠该区块中的工作量，而不依靠任何人的说法。矿工的时钟可能相差约两小时。",
  authority: (time) => `最迟在 ${time} 已存在：时间戳机构为此签名。`,
  authorityAdds: "其意义：一个既不由城市也不由见证人设定的时钟；只依靠该机构。",
  chain: (time, number, chain) => `最迟在 ${time} 已存在：链 ${chain} 的区块 ${number} 记录了它。`,
  chainAdds: "其意义：维护该链的每个人都为它注明时间，而他们谁也没有问过城市。",
  unseen: (time, number, chain) =>
    `如果链 ${chain} 的区块 ${number} 的哈希如下，那么它最迟在 ${time} 已存在。单凭文件无法表明这一点：尚无人替您查过。`,
  blockHash: "区块哈希",
  lookUp: "查询区块",
};

export const anchorTexts: Dictionary<AnchorTexts> = { en, ko, zh };
