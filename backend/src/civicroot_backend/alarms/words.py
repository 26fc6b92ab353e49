"""What messages say, in the language of their target. Values, names and addresses are as they are."""

from collections.abc import Mapping
from typing import Any, Final

Words = Mapping[str, str]

_EN: Words = {
    "raised": "Alarm",
    "cleared": "Over",
    "test": "Test",
    "test-lead": "This is a test of the target “{target}”. Nothing has happened.",
    "raised-lead": "{count} since {since} by the rule “{rule}”:",
    "cleared-lead": "{count} of the rule “{rule}” over:",
    "one": "1 alarm",
    "many": "{number} alarms",
    "more": "… and {number} more",
    "value": "value",
    "proof": "proof",
    "open": "All alarms",
    "urgent": "urgent",
    "warning": "warning",
    "notice": "notice",
    "why": "You get this because an operator of {city} named this address in the rule.",
}
_KO: Words = {
    "raised": "경보",
    "cleared": "해제",
    "test": "시험",
    "test-lead": "“{target}” 대상을 시험하는 메시지입니다. 아무 일도 일어나지 않았습니다.",
    "raised-lead": "규칙 “{rule}”: {since}부터 {count}:",
    "cleared-lead": "규칙 “{rule}”: {count} 해제:",
    "one": "경보 1건",
    "many": "경보 {number}건",
    "more": "… 외 {number}건",
    "value": "값",
    "proof": "증명",
    "open": "모든 경보",
    "urgent": "긴급",
    "warning": "경고",
    "notice": "알림",
    "why": "{city}의 운영자가 규칙에 이 주소를 적어 두었기 때문에 받는 메시지입니다.",
}
_ZH: Words = {
    "raised": "告警",
    "cleared": "解除",
    "test": "测试",
    "test-lead": "这是对通知目标“{target}”的测试，没有发生任何事情。",
    "raised-lead": "规则“{rule}”：自 {since} 起 {count}：",
    "cleared-lead": "规则“{rule}”：{count}已解除：",
    "one": "1 条告警",
    "many": "{number} 条告警",
    "more": "… 另有 {number} 条",
    "value": "数值",
    "proof": "证明",
    "open": "所有告警",
    "urgent": "紧急",
    "warning": "警告",
    "notice": "提示",
    "why": "{city} 的运营人员在规则中填写了此地址，因此您收到这条消息。",
}
LANGUAGES: Final[Mapping[str, Words]] = {"en": _EN, "ko": _KO, "zh": _ZH}


def subject_line(content: Mapping[str, Any], language: str) -> str:
    """One line that says what it is about."""
    words = LANGUAGES[language]
    kind = words[content["event"]]
    if content["event"] == "test":
        return f"[{content['city']}] {kind}"
    first = content["alarms"][0]["subject"]
    more = content["count"] - 1
    return f"[{content['city']}] {kind} ({words[content['severity']]}): {content['rule']}: {first}" + (
        f" +{more}" if more else ""
    )


def body(content: Mapping[str, Any], language: str) -> str:
    """The text of a mail."""
    words = LANGUAGES[language]
    if content["event"] == "test":
        lines = [words["test-lead"].format(target=content["target"]), ""]
    else:
        lines = _alarms(content, words)
    lines += [f"{words['open']}: {content['page']}", "", words["why"].format(city=content["city"])]
    return "\n".join(lines) + "\n"


def _alarms(content: Mapping[str, Any], words: Words) -> list[str]:
    number = content["count"]
    count = words["one"] if number == 1 else words["many"].format(number=number)
    lead = words[f"{content['event']}-lead"]
    lines = [lead.format(count=count, rule=content["rule"], since=content["alarms"][0]["since"]), ""]
    for alarm in content["alarms"]:
        said = f", {words['value']} {alarm['value']}" if alarm["value"] else ""
        lines.append(f"- {alarm['subject']}: {alarm['time']}{said}")
        if alarm["proof"]:
            lines.append(f"  {words['proof']}: {alarm['proof']}")
    if number > len(content["alarms"]):
        lines.append(words["more"].format(number=number - len(content["alarms"])))
    return [*lines, ""]
