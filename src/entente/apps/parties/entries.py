"""Cleaning what people type into register and profile forms; each error names its field."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email

from entente.apps.parties.errors import InvalidEntry

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

_COUNTRY = re.compile(r"[A-Z]{2}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,8})?")
_HOST = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}(:[0-9]{1,5})?")
_LOCAL_HOST = re.compile(r"(localhost|127\.0\.0\.1)(:[0-9]{1,5})?")
_PHONE = re.compile(r"\+[0-9][0-9 ().-]{5,36}[0-9]")


def clean_country(text: str, field: str, *, optional: bool = False) -> str:
    """Return an ISO 3166-1 alpha-2 code in capitals. Raises InvalidEntry."""
    code = text.strip().upper()
    if not code and optional:
        return ""
    if not _COUNTRY.fullmatch(code):
        raise InvalidEntry("A country is written as its two letters, as in FR.", field=field)
    return code


def clean_countries(codes: Iterable[str], field: str) -> list[str]:
    """Return sorted country codes without doubles. Raises InvalidEntry."""
    return sorted({clean_country(code, field) for code in codes})


def clean_language_codes(codes: Iterable[str], field: str) -> list[str]:
    """Return language tags (BCP 47, the short forms), in the order given. Raises InvalidEntry."""
    tags = list(dict.fromkeys(code.strip() for code in codes))
    if any(not _LANGUAGE.fullmatch(tag) for tag in tags):
        raise InvalidEntry("A language is written as its short tag, as in fr.", field=field)
    return tags


def clean_host(text: str, field: str) -> str:
    """Return a host name in lower case ASCII, with its port if it has one. Raises InvalidEntry."""
    host = text.strip().lower().rstrip(".")
    try:
        host = host.encode("idna").decode() if not host.isascii() else host
    except UnicodeError:
        host = ""
    if not (_HOST.fullmatch(host) or _LOCAL_HOST.fullmatch(host)):
        raise InvalidEntry(f"{text!r} is not a host name, such as forum.example.", field=field)
    return host


def clean_mail_domain(text: str, field: str) -> str:
    """Return a mail domain that can belong to one body only. Raises InvalidEntry.

    A public suffix (`gouv.fr`) is refused: half a state writes from below it.
    """
    domain = clean_host(text.strip().removeprefix("@"), field)
    if _suffixes().is_public(domain):
        raise InvalidEntry(f"{domain} belongs to many; name the authority's own domain.", field=field)
    return domain


def clean_mail(text: str, field: str, *, optional: bool = False) -> str:
    """Return an e-mail address. Raises InvalidEntry."""
    address = text.strip()
    if not address and optional:
        return ""
    try:
        validate_email(address)
    except ValidationError:
        raise InvalidEntry("This is not an e-mail address.", field=field) from None
    return address


def clean_url(text: str, field: str) -> str:
    """Return an http(s) address without credentials, or nothing. Raises InvalidEntry."""
    url = text.strip()
    if not url:
        return ""
    try:
        URLValidator(schemes=["https", "http"])(url)
    except ValidationError:
        raise InvalidEntry("This is not a web address.", field=field) from None
    parts = urlsplit(url)
    if parts.username or parts.password:
        raise InvalidEntry("An address must not carry a password.", field=field)
    return url


def clean_phone(text: str, field: str) -> str:
    """Return a telephone number in international form, or nothing. Raises InvalidEntry."""
    number = text.strip()
    if number and not _PHONE.fullmatch(number):
        raise InvalidEntry("Write the number with its country, as in +33 1 00 00 00 00.", field=field)
    return number


@lru_cache(maxsize=1)
def _suffixes() -> "PublicSuffixList":
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()
