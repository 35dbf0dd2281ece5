"""The one error that run.py shows to its user."""


class Trouble(Exception):
    """Something that the user can mend.

    Args:
        what: what does not work, in one line.
        remedy: what to do about it, in one line or more.
    """

    def __init__(self, what: str, remedy: str) -> None:
        self.what = what
        self.remedy = remedy
        super().__init__(what)
