"""The one error of this room: what went wrong and what to do next, in words a newcomer can use."""

from decision766.settings import PROJECT_ROOT


class PlatformError(Exception):
    """The machine does not offer what is needed.

    Attributes:
        message: what went wrong, one sentence.
        next_step: what to do about it.
    """

    def __init__(self, message: str, next_step: str):
        self.message, self.next_step = message, next_step
        super().__init__(f"{message}\n{next_step}")


def tidy(path: object) -> str:
    """Render a path relative to the project where that is shorter."""
    text = str(path)
    prefix = f"{PROJECT_ROOT}/"
    return text.removeprefix(prefix)
