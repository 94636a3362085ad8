"""Signal types as other packages could add them, sound and unsound."""

from typing_extensions import override

from entente.core.signals.signal_type import ExactHexSignalType, Examples, HexSignalType, Medium


class Sound(ExactHexSignalType):
    name = "sound"
    title = "A sound third party"
    media = frozenset({Medium.AUDIO})
    size_bytes = 2
    examples = Examples(
        canonical=("00ff",),
        malformed=("00",),
        near=(("00ff", "00FF"),),
        far=(("00ff", "00fe"),),
    )


class Abstract(HexSignalType):
    name = "abstract"


class Silent(ExactHexSignalType):
    name = "silent"


class Failing(Sound):
    name = "failing"

    @override
    def __init__(self) -> None:
        raise RuntimeError("no licence for this hash")


not_a_class = Sound()
