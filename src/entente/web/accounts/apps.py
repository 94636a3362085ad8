"""Django registration of the account screens."""

from django.apps import AppConfig
from typing_extensions import override


class AccountsConfig(AppConfig):
    """No tables: allauth and `parties` hold the rows."""

    name = "entente.web.accounts"
    label = "accounts"

    @override
    def ready(self) -> None:
        """Write the letters that `parties` asks for."""
        from entente.web.accounts.letters import register_letters

        register_letters()
