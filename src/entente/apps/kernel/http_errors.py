"""What can go wrong when an address that was handed to us is fetched; `reason` is stable for programs."""

from entente.apps.kernel.errors import DomainError, Refused, TooLarge, Unavailable


class FetchError(DomainError):
    """Whatever keeps an address from being fetched; the classes below say what."""

    code = "fetch_error"
    title = "The address could not be fetched"


class AddressRefused(FetchError, Refused):
    """The address leads somewhere this service does not go; `facts["reason"]` says which rule."""

    code = "address_refused"
    title = "This address may not be fetched"


class FetchTimeout(FetchError, Unavailable):
    """The whole fetch did not end within its time."""

    code = "fetch_timeout"
    title = "The other side was too slow"


class FetchFailed(FetchError, Unavailable):
    """The other side could not be reached or did not speak HTTP; `facts["reason"]` says how."""

    code = "fetch_failed"
    title = "The address could not be fetched"


class FetchTooLarge(FetchError, TooLarge):
    """More bytes came than were asked for, as sent or once decompressed."""

    code = "fetch_too_large"
    title = "The answer is too large"
