"""Finding: what one step of a verification found (SPEC.md §7)."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    Found = tuple[str, str]  # status and says

CHECKED, NOT_CHECKED = "checked", "not-checked"


class Finding:
    """What one step found: `step`, `status` (CHECKED or NOT_CHECKED), `says` for people."""

    __slots__ = ("says", "status", "step")

    def __init__(self, step: str, status: str, says: str) -> None:
        self.step = step
        self.status = status
        self.says = says
