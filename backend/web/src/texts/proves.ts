/** What a proof shows and what it does not, for people who have never heard of one. */

import type { Dictionary } from "./language.ts";

/** A heading, and what stands below it: paragraphs, or the items of a list. */
export interface Section {
  readonly title: string;
  readonly says: readonly string[];
}

export interface ProvesTexts {
  readonly title: string;
  readonly lead: string;
  readonly holds: string;
  readonly proved: readonly Section[];
  readonly holdsNot: string;
  readonly notProved: readonly Section[];
  readonly without: Section;
  readonly verifier: string;
  readonly verifierLead: string;
  readonly verifierMissing: string;
  readonly verifierChecking: string;
  readonly verifierLogged: (entry: string) => string;
  readonly verifierNotLogged: string;
}

const en: ProvesTexts = {
  title: "What this proves, and what it does not",
  lead: "Bins and trees in this city sign what they measure. Here is what you can be sure of, and what nobody can promise you.",
  holds: "If the check on a page holds",
  proved: [
    { title: "Who said it", says: ["The key inside that very device signed the reading. The city enrolled this key in public before, and it never leaves the device."] },
    { title: "Nothing was changed", says: ["Not a digit has changed since: neither on the way, nor at the city, nor in your browser."] },
    { title: "It was not slipped in later", says: ["The reading is in a public log that only grows. Taking something out, or adding it in the past, would show."] },
    { title: "You see what everybody sees", says: ["Independent witnesses signed the same log. The city cannot show you another one than your neighbour, unless enough of them join in."] },
    { title: "When it was, within bounds", says: ["Where witnesses dated the log before and after, the reading was made in between, by their clocks and not by the city’s."] },
  ],
  holdsNot: "What no check can show",
  notProved: [
    { title: "That the sensor is right", says: ["It can be covered, moved, broken or deceived. A proof says that the device measured it, not that it is so."] },
    { title: "That it stands where it is said to", says: ["The city’s registrar vouches for the place, with a signature in the log, and can be wrong."] },
    { title: "That nothing is missing", says: ["One proof is about one reading. Devices number their readings, so a hole can be seen; the page says when there is one."] },
    { title: "That what the city says itself is true", says: ["Species, planting dates and what goes into a bin come from the city’s inventory. A proof shows who said it and since when it is public."] },
    { title: "That this page is honest", says: ["The city serves it, so it could serve another. That is why the check can be done without it."] },
  ],
  without: {
    title: "Do without this page",
    says: [
      "Every reading has a proof file. Keep it, give it to a friend, check it on another computer: the command civicroot verify needs that file and the city’s trust policy, and no network.",
      "Anybody may follow the whole log with the command civicroot audit and see every number of every device.",
      "The rules by which a proof is checked are public, and three programs that were written apart from each other follow them.",
    ],
  },
  verifier: "The program that checked for you",
  verifierLead: "Compare it with what others were served: it is the SHA-256, computed in your browser, of the file that decides on this site whether a proof holds.",
  verifierMissing: "The city’s server does not say it.",
  verifierChecking: "Looking for it in the public log …",
  verifierLogged: (entry) => `It stands in the public log, in entry ${entry}`,
  verifierNotLogged: "The city has not stated it in the public log.",
};

const ko: ProvesTexts = {
  title: "무엇이 증명되고 무엇이 증명되지 않는가",
  lead: "이 도시의 수거함과 나무는 잰 값에 스스로 서명합니다. 무엇을 믿어도 되는지, 무엇은 누구도 약속할 수 없는지 적었습니다.",
  holds: "페이지의 확인이 성립하면",
  proved: [
    { title: "누가 말했는가", says: ["바로 그 장치 안의 키가 측정값에 서명했습니다. 도시는 그전에 이 키를 공개적으로 등록했고, 키는 장치를 떠나지 않습니다."] },
    { title: "바뀐 것이 없다", says: ["그 뒤로 한 글자도 바뀌지 않았습니다. 오는 길에서도, 도시에서도, 브라우저에서도 그렇습니다."] },
    { title: "나중에 끼워 넣지 않았다", says: ["측정값은 늘어나기만 하는 공개 로그에 있습니다. 빼거나 과거에 끼워 넣으면 드러납니다."] },
    { title: "모두가 보는 것을 본다", says: ["독립된 증인들이 같은 로그에 서명했습니다. 증인이 충분히 가담하지 않는 한, 도시는 이웃과 다른 로그를 보여 줄 수 없습니다."] },
    { title: "언제였는가, 범위 안에서", says: ["증인들이 앞뒤로 로그의 시각을 적었다면, 측정은 그 사이에 이루어졌습니다. 도시가 아니라 증인들의 시계에 따릅니다."] },
  ],
  holdsNot: "어떤 확인도 보여 줄 수 없는 것",
  notProved: [
    { title: "센서가 옳다는 것", says: ["센서는 가려지거나, 옮겨지거나, 고장 나거나, 속을 수 있습니다. 증명은 장치가 그렇게 쟀다는 것이지 실제로 그렇다는 것이 아닙니다."] },
    { title: "말한 그 자리에 있다는 것", says: ["자리는 도시의 등록자가 로그 속 서명으로 보증하며, 틀릴 수 있습니다."] },
    { title: "빠진 것이 없다는 것", says: ["증명 하나는 측정값 하나에 대한 것입니다. 장치는 측정값에 번호를 매기므로 빈 곳이 보이며, 있으면 페이지가 알려 줍니다."] },
    { title: "도시 자신의 말이 참이라는 것", says: ["나무 종류, 심은 때, 넣을 수 있는 것은 도시의 대장에서 옵니다. 증명은 누가 말했고 언제부터 공개되었는지 보여 줍니다."] },
    { title: "이 페이지가 정직하다는 것", says: ["도시가 보내는 페이지이므로 다른 것을 보낼 수도 있습니다. 그래서 페이지 없이도 확인할 수 있습니다."] },
  ],
  without: {
    title: "이 페이지 없이 확인하기",
    says: [
      "측정값마다 증명 파일이 있습니다. 보관하거나, 친구에게 주거나, 다른 컴퓨터에서 확인하십시오. civicroot verify 명령에는 그 파일과 도시의 신뢰 정책만 있으면 되고 네트워크는 필요 없습니다.",
      "누구나 civicroot audit 명령으로 로그 전체를 따라가며 모든 장치의 모든 번호를 볼 수 있습니다.",
      "증명을 확인하는 규칙은 공개되어 있고, 따로 만든 세 프로그램이 그 규칙을 따릅니다.",
    ],
  },
  verifier: "대신 확인해 준 프로그램",
  verifierLead: "다른 사람이 받은 것과 비교해 보십시오. 이 사이트에서 증명의 성립을 판단하는 파일의 SHA-256이며, 브라우저가 계산했습니다.",
  verifierMissing: "도시 서버가 알려 주지 않습니다.",
  verifierChecking: "공개 로그에서 찾는 중 …",
  verifierLogged: (entry) => `공개 로그의 항목 ${entry}에 있습니다`,
  verifierNotLogged: "도시가 공개 로그에 밝히지 않았습니다.",
};

const zh: ProvesTexts = {
  title: "这能证明什么，不能证明什么",
  lead: "本市的垃圾箱和树木为自己的测量结果签名。以下是您可以确信的，以及谁也无法向您保证的。",
  holds: "如果页面上的核验成立",
  proved: [
    { title: "是谁说的", says: ["正是该设备内的密钥为读数签名。城市此前公开登记了这把密钥，它从不离开设备。"] },
    { title: "没有任何更改", says: ["此后一个数字也没有改变：无论在途中、在城市，还是在您的浏览器中。"] },
    { title: "不是后来塞入的", says: ["读数在一份只增不减的公开日志中。取走什么，或在过去添加什么，都会被看出来。"] },
    { title: "您看到的与所有人相同", says: ["独立见证人为同一份日志签名。除非足够多的见证人参与，城市无法给您看与邻居不同的日志。"] },
    { title: "何时产生，在一定范围内", says: ["如果见证人在前后为日志注明了时间，读数就产生于两者之间，依据的是他们的时钟，而不是城市的。"] },
  ],
  holdsNot: "任何核验都无法表明的",
  notProved: [
    { title: "传感器是对的", says: ["它可能被遮挡、移动、损坏或欺骗。证明说明设备测得如此，而不是事实如此。"] },
    { title: "它就在所说的位置", says: ["位置由城市的登记员在日志中签名担保，也可能出错。"] },
    { title: "没有缺失", says: ["一个证明只关于一个读数。设备为读数编号，所以缺口能看出来；如有缺口，页面会说明。"] },
    { title: "城市自己的说法属实", says: ["树种、种植时间和可投放的种类来自城市的名录。证明表明是谁说的、从何时起公开。"] },
    { title: "此页面是诚实的", says: ["页面由城市提供，它也可能提供另一个。因此不用此页面也能核验。"] },
  ],
  without: {
    title: "不用此页面",
    says: [
      "每个读数都有证明文件。请保存它、交给朋友、在另一台电脑上核验：命令 civicroot verify 只需要该文件和城市的信任策略，不需要网络。",
      "任何人都可以用命令 civicroot audit 跟踪整份日志，查看每台设备的每个编号。",
      "核验证明的规则是公开的，由三个彼此独立编写的程序遵循。",
    ],
  },
  verifier: "为您核验的程序",
  verifierLead: "请与他人收到的比较：这是本网站判定证明是否成立的文件的 SHA-256，由您的浏览器计算。",
  verifierMissing: "城市服务器没有说明。",
  verifierChecking: "正在公开日志中查找……",
  verifierLogged: (entry) => `它在公开日志的条目 ${entry} 中`,
  verifierNotLogged: "城市没有在公开日志中声明它。",
};

export const provesTexts: Dictionary<ProvesTexts> = { en, ko, zh };
