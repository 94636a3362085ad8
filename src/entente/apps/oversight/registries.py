"""Which acts an overseer sees.

`overseen_kinds`: kind of act -> a function that says whether copies of it are kept although nobody is appointed yet
(at an authority the law says so; at a platform oversight is optional and the answer is no). Kinds that nobody
registered are copied as soon as an overseer is appointed.
"""

from collections.abc import Callable

from entente.apps.kernel.registries import Registry

overseen_kinds: Registry[str, Callable[[], bool]] = Registry("oversight.overseen_kinds")
