"""The fixed texts of a bin's pages. firmware/tools/make_display_glyphs.py draws the letters that they need."""

LANGUAGES = ("en", "ko", "zh")

# Each line must fit its page (tests/firmware/display/test_page.py); `{}` is a number of seconds.
TEXTS = {
    "en": {
        "scan": "Scan within {} s",
        "steps": "Open the lid\nDrop in, close\nScan the code",
        "recorded": "Recorded",
        "unclaimable": "Thank you! It cannot be\nclaimed right now.",
        "fault": "Out of order",
        "advice": "No claims right now.\nPlease use another bin.",
    },
    "ko": {
        "scan": "{}초 안에 스캔",
        "steps": "뚜껑을 여세요\n넣고 닫으세요\n코드를 스캔하세요",
        "recorded": "기록됨",
        "unclaimable": "감사합니다.\n지금은 적립이 안 됩니다.",
        "fault": "고장",
        "advice": "지금은 적립이 안 됩니다.\n다른 수거함을 이용하세요.",
    },
    "zh": {
        "scan": "请在{}秒内扫码",
        "steps": "打开箱盖\n投入后关好\n扫描二维码",
        "recorded": "已记录",
        "unclaimable": "谢谢！\n目前无法领取积分。",
        "fault": "暂停使用",
        "advice": "目前无法领取积分。\n请使用其他垃圾箱。",
    },
}
LARGE = ("steps", "recorded", "fault")  # set in large letters; the others in small ones
