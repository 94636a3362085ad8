"""/h/hash: the signals of a file that is sent, or that lies at an address."""

from django.http import HttpResponse

from entente.api.hma.files import FOR_BANK, Made, made_of_address, made_of_request
from entente.api.hma.gate import Asked, answer, door
from entente.core.signals.registry import signal_types


def written(made: Made) -> dict[str, str]:
    """Return the signals as the peer writes them: one for each type."""
    return {name: signal_types()[ours].write(values[0]) for name, (ours, values) in made.signals.items()}


def _by_address(asked: Asked) -> HttpResponse:
    return answer(written(made_of_address(asked, FOR_BANK)))


def _by_file(asked: Asked) -> HttpResponse:
    return answer(written(made_of_request(asked, FOR_BANK)))


hash_file = door(GET=_by_address, POST=_by_file)
