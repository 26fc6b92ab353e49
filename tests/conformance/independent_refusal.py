"""The one way in which the independent verifier says no."""


class Refused(Exception):
    """What was read is not what its text asks for, or does not verify."""


def require(condition: bool, why: str) -> None:
    """Refuse unless the condition holds."""
    if not condition:
        raise Refused(why)
