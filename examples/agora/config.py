"""What Agora is told at start, by flags (see __main__) or by AGORA_ variables."""

import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

FAULTS = ("", "slow", "wrong", "twice", "never", "500", "flaky")
LANGUAGES = {"en": "English", "fr": "Français", "es": "Español", "de": "Deutsch", "ar": "العربية"}


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole configuration of one Agora."""

    data: Path
    entente: str = "http://127.0.0.1:8700"
    entente_token: str = ""
    webhook_secret: str = ""
    public_base: str = "https://agora.example"
    country: str = "XA"  # where visitors are when the edge does not say: an invented state
    exercise: bool = False
    fault: str = ""

    @classmethod
    def from_environment(cls) -> Self:
        """Read AGORA_DATA, AGORA_ENTENTE, ...; ValueError names what is missing or wrong."""
        given = {f.name: os.environ.get(f"AGORA_{f.name.upper()}", "") for f in fields(cls)}
        text = {name: value for name, value in given.items() if value and name not in {"data", "exercise"}}
        made = cls(data=Path(given["data"] or "agora-data"), exercise=given["exercise"] == "1", **text)
        if not made.webhook_secret.startswith("whsec_") or not made.entente_token:
            raise ValueError("give AGORA_WEBHOOK_SECRET (whsec_...) and AGORA_ENTENTE_TOKEN")
        if made.fault not in FAULTS:
            raise ValueError(f"AGORA_FAULT is {made.fault!r}; it can be one of {', '.join(FAULTS[1:])}")
        if made.fault and not made.exercise:
            raise ValueError("AGORA_FAULT is for exercises: add --exercise")
        return made
