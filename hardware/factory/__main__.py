"""`… --self-test | python -m hardware.factory`: the acceptance sheet; 1 if the unit is not accepted."""

import json
import sys

from hardware.factory.acceptance import judge, text


def main() -> int:
    """Read the self-test's JSON, print the sheet."""
    sheet = judge(json.load(sys.stdin))
    print(text(sheet))
    return 0 if sheet.accepted else 1


if __name__ == "__main__":
    sys.exit(main())
