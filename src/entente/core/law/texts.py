"""Sentences meant for people: a stable code, an English template and its parameters.

The core says things in English; the layers above translate the template (it is the message id) and then fill the
parameters in. So a sentence is never glued together from pieces here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Said:
    """One sentence: ``code`` never changes, ``message`` is the English template with ``%(name)s`` placeholders."""

    code: str
    message: str
    params: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def text(self) -> str:
        """The English sentence with its parameters filled in."""
        return self.message % self.params
