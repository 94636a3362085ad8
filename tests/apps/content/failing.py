"""Functions that fail, to be put in the place of others."""

from collections.abc import Callable


def raising(error: BaseException) -> Callable[..., object]:
    def fail(*_args: object, **_options: object) -> object:
        raise error

    return fail
