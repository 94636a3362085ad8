"""THE table: who may do what, and which address needs which permission. There is no other.

`PERMISSIONS` says which roles hold a permission; `ROUTES` says what each address asks for. A route that is
not in `ROUTES` is refused by the middleware and fails the suite. Rules about one particular row (not the same
person twice, not one's own decision) are enforced by the services that own the row: a screen may hide a
button, only a service refuses.

An administrator keeps the house and sees no case; an auditor reads everything that ends in `.view` and does
nothing; an overseer sees what `oversight` shows and decides nothing (`roles.STAND_APART`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from rules.rulesets import RuleSet
from typing_extensions import override

from entente.apps.kernel.actors import Actor
from entente.apps.parties.bank_routes import BANK_ROUTES
from entente.apps.parties.roles import ROLE_DUTIES, Role


class UnknownPermission(RuntimeError):
    """A permission that is not in the table was asked for: a programming error."""


_ADMIN: Final = frozenset({Role.ADMINISTRATOR})
_LEGAL: Final = frozenset({Role.LEGAL})
_SENIOR: Final = frozenset({Role.SENIOR_REVIEWER, Role.LEGAL})
_EXAMINE: Final = frozenset({Role.REVIEWER}) | _SENIOR
_HANDLE: Final = _EXAMINE | {Role.ON_CALL}
_AUDIT: Final = frozenset({Role.AUDITOR})
_OVERSEE: Final = frozenset({Role.OVERSEER})

PERMISSIONS: Final[dict[str, frozenset[Role]]] = {
    # Work. Reading a case file is not opening its media: the media is evidence, opened with a reason.
    "cases.view": _HANDLE | _AUDIT,
    "cases.work": _HANDLE,
    "cases.assess": _EXAMINE,
    "cases.decide": _EXAMINE,
    "cases.hand_over": _HANDLE,
    "cases.hand_over_others": _SENIOR,
    "cases.send_away": _HANDLE,
    "cases.warn": _HANDLE,
    "cases.hand_to_route": _SENIOR | {Role.ON_CALL},
    "content.open": _HANDLE,
    "content.request": _HANDLE,
    "content.bring": _HANDLE,
    "evidence.view": _HANDLE | _AUDIT,
    "evidence.open": _HANDLE,
    "evidence.extend": _SENIOR,
    "arrivals.view": _HANDLE | _AUDIT,
    "arrivals.record": _HANDLE,
    "arrivals.settle": _HANDLE,
    "orders.view": _HANDLE | _AUDIT,
    "orders.check": _HANDLE,
    "orders.execute": _HANDLE,
    "orders.verify": _HANDLE,
    "orders.assess": _SENIOR,
    "orders.challenge": _SENIOR,
    "orders.record_end": _SENIOR,
    "notices.view": _HANDLE | _AUDIT,
    "notices.assess": _EXAMINE,
    "actions.view": _HANDLE | _AUDIT,
    "actions.confirm": _HANDLE,
    "actions.restore": _EXAMINE | {Role.ON_CALL},
    "complaints.view": _EXAMINE | _AUDIT,
    "complaints.decide": _EXAMINE,
    "letters.view": _HANDLE | _AUDIT,
    "letters.tell": _HANDLE,
    # What is recognised. Two people are two whatever they hold: the services refuse the same one twice.
    "banks.view": _HANDLE | _AUDIT,
    "matches.view": _HANDLE | _AUDIT,
    "banks.edit": _SENIOR,
    "banks.confirm": _SENIOR,
    "banks.share": _SENIOR,
    "signals.add": _EXAMINE,
    "signals.confirm": _EXAMINE,
    "signals.adopt": _SENIOR,
    "signals.pause": _HANDLE,
    "signals.retract": _HANDLE,
    "signals.release": _EXAMINE,
    "signals.opine": _EXAMINE,
    "exchanges.view": _SENIOR | _ADMIN | _AUDIT,
    "exchanges.edit": _LEGAL | _ADMIN,
    # Clocks and pages.
    "deadlines.view": _HANDLE | _ADMIN | _AUDIT,
    "deadlines.acknowledge": _HANDLE,
    "rota.view": _HANDLE | _ADMIN | _AUDIT,
    "rota.edit": _SENIOR | _ADMIN,
    # Watching.
    "oversight.view": _OVERSEE | _LEGAL | _AUDIT,
    "oversight.check": _OVERSEE,
    "oversight.open_file": _OVERSEE,
    "oversight.recommend": _OVERSEE,
    "oversight.answer": _SENIOR,
    "oversight.appoint": _LEGAL,
    "audit.view": _ADMIN | _LEGAL | _AUDIT,
    "figures.view": _HANDLE | _ADMIN | _AUDIT | _OVERSEE,
    # The house.
    "deliveries.view": _HANDLE | _ADMIN | _AUDIT,
    "deliveries.retry": _ADMIN | {Role.ON_CALL} | _SENIOR,
    "status.view": _ADMIN | {Role.ON_CALL} | _AUDIT,
    "people.view": _ADMIN | _SENIOR | _AUDIT,
    "people.manage": _ADMIN,
    "people.request_recovery": _ADMIN | _SENIOR,
    "people.confirm_recovery": _ADMIN | _SENIOR,
    "clients.view": _ADMIN | _AUDIT,
    "clients.manage": _ADMIN,
    "register.view": _HANDLE | _ADMIN | _AUDIT | _OVERSEE,
    "register.edit": _ADMIN | _LEGAL,
    "host.view": _ADMIN | _LEGAL | _AUDIT | _OVERSEE,
    "host.edit": _ADMIN,
}

PUBLIC: Final = "PUBLIC"
"""Anybody, signed in or not; a route whose address carries its own secret is public too."""
SIGNED_IN: Final = "SIGNED_IN"
"""Anybody with an account, about themselves."""
SIGNED_ORDER: Final = "SIGNED_ORDER"
"""The signature of a registered authority (RFC 9421), checked by the endpoint."""
DEMO_ONLY: Final = "DEMO_ONLY"
"""Public in an exercise; elsewhere the address does not exist."""
CLOSED: Final = "CLOSED"
"""An address a library brings along and this program does not offer: it does not exist."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token of an API client with this scope, checked by the endpoint; `to_write` for what changes something."""

    scope: str
    to_write: str = ""

    @override
    def __str__(self) -> str:
        return f"TOKEN({self.scope}; {self.to_write})" if self.to_write else f"TOKEN({self.scope})"


def TOKEN(scope: str, to_write: str = "") -> Token:  # noqa: N802 - reads as the constants beside it
    """Ask for an API client's token with `scope`, or with `to_write` for what changes something."""
    return Token(scope, to_write)


Gate = str | Token

_SIGN_IN_ROUTES: Final[dict[str, Gate]] = {
    "account_login": PUBLIC,
    "account_logout": PUBLIC,
    "account_inactive": PUBLIC,
    "account_signup": CLOSED,
    "account_email": CLOSED,
    "account_email_verification_sent": CLOSED,
    "account_confirm_email": CLOSED,
    "account_confirm_login_code": CLOSED,
    "account_reauthenticate": SIGNED_IN,
    "account_change_password": SIGNED_IN,
    "account_set_password": SIGNED_IN,
    "account_reset_password": PUBLIC,
    "account_reset_password_done": PUBLIC,
    "account_reset_password_from_key": PUBLIC,
    "account_reset_password_from_key_done": PUBLIC,
    "mfa_index": SIGNED_IN,
    "mfa_authenticate": PUBLIC,  # between the password and the second factor nobody is signed in yet
    "mfa_reauthenticate": SIGNED_IN,
    "mfa_activate_totp": SIGNED_IN,
    "mfa_deactivate_totp": SIGNED_IN,
    "mfa_view_recovery_codes": SIGNED_IN,
    "mfa_generate_recovery_codes": SIGNED_IN,
    "mfa_download_recovery_codes": SIGNED_IN,
    "mfa_list_webauthn": SIGNED_IN,
    "mfa_add_webauthn": SIGNED_IN,
    "mfa_reauthenticate_webauthn": SIGNED_IN,
    "mfa_remove_webauthn": SIGNED_IN,
    "mfa_edit_webauthn": SIGNED_IN,
    "mfa_login_webauthn": PUBLIC,
    "socialaccount_login_cancelled": PUBLIC,
    "socialaccount_login_error": PUBLIC,
    "socialaccount_signup": CLOSED,
    "socialaccount_connections": CLOSED,
    "openid_connect_login": PUBLIC,
    "openid_connect_callback": PUBLIC,
    "usersessions_list": SIGNED_IN,
}

_HOUSE_ROUTES: Final[dict[str, Gate]] = {
    "health": PUBLIC,
    "accounts:profile": SIGNED_IN,
    "accounts:enrol": SIGNED_IN,
    "accounts:invitation_link": PUBLIC,
    "accounts:invitation": PUBLIC,
    "accounts:recovery_link": PUBLIC,
    "accounts:recovery": PUBLIC,
    "people:list": "people.view",
    "people:detail": "people.view",
    "people:invite": "people.manage",
    "people:withdraw_invitation": "people.manage",
    "people:roles": "people.manage",
    "people:deactivate": "people.manage",
    "people:request_recovery": "people.request_recovery",
    "people:recoveries": "people.confirm_recovery",
    "people:confirm_recovery": "people.confirm_recovery",
    "people:cancel_recovery": "people.confirm_recovery",
    "clients:list": "clients.view",
    "clients:add": "clients.manage",
    "clients:revoke": "clients.manage",
    "register:list": "register.view",
    "register:detail": "register.view",
    "register:add": "register.edit",
    "register:edit": "register.edit",
    "register:set_status": "register.edit",
    "register:add_key": "register.edit",
    "register:revoke_key": "register.edit",
    "register:add_certificate": "register.edit",
    "register:remove_certificate": "register.edit",
    "host:profile": "host.view",
    "host:edit": "host.edit",
}

_API_ROUTES: Final[dict[str, Gate]] = {
    "well_known": PUBLIC,
    "api:openapi-json": PUBLIC,
    "api:api-root": PUBLIC,
    "api:post_order": SIGNED_ORDER,
    "api:get_order": SIGNED_ORDER,
    "api:post_clarification": SIGNED_ORDER,
    "api:post_notice": TOKEN("notices:write"),
    "api:get_notice": PUBLIC,  # the address carries the notice's own secret
    "api:post_effect": TOKEN("actions:write"),
    "api:post_snapshot": TOKEN("snapshots:write"),
    "api:post_check": TOKEN("checks:ask"),
}

_PUBLIC_ROUTES: Final[dict[str, Gate]] = {
    "public:landing": PUBLIC,
    "public:authorities": PUBLIC,
    "public:find": PUBLIC,
    "public:set_language": PUBLIC,
    "public:new_notice": PUBLIC,
    "public:notice": PUBLIC,
    "public:notice_receipt": PUBLIC,
    "public:notice_receipt_json": PUBLIC,
    "public:notice_complaint": PUBLIC,
    "public:letter": PUBLIC,
    "public:letter_order": PUBLIC,
    "public:letter_complaint": PUBLIC,
    "public:letter_scrutiny": PUBLIC,
    "public:complaint": PUBLIC,
    "public:why": PUBLIC,
    "public:confirm": PUBLIC,
    "public:confirm_copy": PUBLIC,
    "documents:letter_pdf": PUBLIC,
    "documents:letter_order_pdf": PUBLIC,
    "documents:scrutiny_pdf": PUBLIC,
    "documents:receipt_pdf": PUBLIC,
    "documents:removal_order_form": PUBLIC,
    "documents:answer_html": "orders.view",
    "documents:answer_json": "orders.view",
    "documents:answer_pdf": "orders.view",
    "demo:start": DEMO_ONLY,
    "demo:become": DEMO_ONLY,
    "demo:leave": DEMO_ONLY,
    "demo:clock": DEMO_ONLY,
    "demo:mailbox": DEMO_ONLY,
    "demo:mail": DEMO_ONLY,
    "demo:mail_file": DEMO_ONLY,
    "demo:orders": DEMO_ONLY,
    "demo:start_story": DEMO_ONLY,
}

_CONSOLE_ROUTES: Final[dict[str, Gate]] = {
    "console:inbox": "cases.view",
    "console:hand_over": "cases.hand_over",
    "console:hand_over_undo": "cases.hand_over",
    "console:next_case": "cases.work",
    "console:search": "cases.view",
    "console:arrivals": "arrivals.view",
    "console:arrival_new": "arrivals.record",
    "console:arrival": "arrivals.view",
    "console:arrival_edit": "arrivals.record",
    "console:arrival_original": "evidence.open",
    "console:arrival_settle": "arrivals.settle",
    "console:arrival_split": "arrivals.settle",
    "console:refused_seen": "orders.check",
    "console:arrival_unsettle": "arrivals.settle",
    "console:settle_again": "arrivals.settle",
    "console:case": "cases.view",
    "console:case_items": "cases.view",
    "console:case_assign": "cases.work",
    "console:case_hand_back": "cases.work",
    "console:case_hand_over": "cases.hand_over",
    "console:case_heavy": "cases.work",
    "console:case_child_abuse": "cases.send_away",
    "console:route_handed_over": "cases.hand_to_route",
    "console:threat_alert": "cases.warn",
    "console:threat_dropped": "cases.warn",
    "console:threat_warned": "cases.warn",
    "console:case_conclude": "cases.work",
    "console:second_look": "cases.work",
    "console:check": "orders.check",
    "console:verify": "orders.verify",
    "console:refute": "orders.verify",
    "console:impossible": "orders.execute",
    "console:resume": "orders.execute",
    "console:clarify": "orders.execute",
    "console:correct_receipt": "orders.check",
    "console:file_as_information": "orders.check",
    "console:identify_issuer": "orders.check",
    "console:complete_form": "orders.check",
    "console:examine_again": "orders.check",
    "console:answer_not_binding": "orders.check",
    "console:answer_again": "orders.check",
    "console:answer_handed_over": "orders.check",
    "console:end_order": "orders.record_end",
    "console:mark_final": "orders.record_end",
    "console:extend_silence": "orders.record_end",
    "console:end_silence": "orders.record_end",
    "console:course": "orders.assess",
    "console:assess": "cases.assess",
    "console:own_initiative": "cases.assess",
    "console:offer_signals": "signals.confirm",
    "console:matches": "matches.view",
    "console:match": "matches.view",
    "console:assess_draft": "cases.assess",
    "console:decide": "cases.decide",
    "console:decide_progress": "cases.decide",
    "console:action_retry": "actions.confirm",
    "console:complaint_uphold": "complaints.decide",
    "console:complaint_reject": "complaints.decide",
    "console:complaint_confirm": "complaints.decide",
    "console:complaint_return": "complaints.decide",
    "console:complaint_answer": "complaints.decide",
    "console:copies_again": "content.request",
    "console:copy_upload": "content.bring",
    "console:letter_told": "letters.tell",
    "console:keep_longer": "evidence.extend",
    "console:preview_part": "content.open",
    "console:original": "evidence.open",
    "console:original_player": "evidence.open",
    "console:original_media": "evidence.open",
    "console:viewing": "content.open",
    "console:deadlines": "deadlines.view",
    "console:deadline": "deadlines.view",
    "console:deadline_acknowledge": "deadlines.acknowledge",
    "console:page_seen": "deadlines.view",
    "console:on_call": "rota.view",
    "console:shift_add": "rota.edit",
    "console:shift_change": "rota.edit",
    "console:shift_remove": "rota.edit",
    "console:deliveries": "deliveries.view",
    "console:delivery": "deliveries.view",
    "console:delivery_again": "deliveries.retry",
    "console:oversight": "oversight.view",
    "console:oversight_copy": "oversight.check",
    "console:oversight_check": "oversight.check",
    "console:oversight_open": "oversight.open_file",
    "console:oversight_recommend": "oversight.recommend",
    "console:oversight_answer": "oversight.answer",
    "console:oversight_appoint": "oversight.appoint",
    "console:oversight_end": "oversight.appoint",
    "console:audit": "audit.view",
    "console:sources": "register.view",
    "console:source_add": "register.edit",
    "console:source_remove": "register.edit",
    "console:me": "content.open",
    "console:language": SIGNED_IN,
}

# While `[matching] hma` is off, none of these addresses exists.
_ASK: Final = TOKEN("checks:ask")
_CURATE: Final = TOKEN("banks:read", to_write="banks:write")
_HMA_ROUTES: Final[dict[str, Gate]] = {
    "hma:root": _ASK,
    "hma:status": _ASK,
    "hma:live": _ASK,
    "hma:site_map": _ASK,
    "hma:nothing": _ASK,
    "hma:hash": _ASK,
    "hma:raw_lookup": _ASK,
    "hma:lookup": _ASK,
    "hma:compare": _ASK,
    "hma:index_status": _ASK,
    "hma:banks": _CURATE,
    "hma:bank": _CURATE,
    "hma:add_content": _CURATE,
    "hma:add_signal": _CURATE,
    "hma:content": _CURATE,
    "hma:exchanges": _CURATE,
    "hma:exchange_kinds": _CURATE,
    "hma:exchange_kind": _CURATE,
    "hma:exchange_schema": _CURATE,
    "hma:exchange": _CURATE,
    "hma:exchange_status": _CURATE,
    "hma:signal_types": _CURATE,
    "hma:index_sizes": _CURATE,
    "hma:signal_type": _CURATE,
    "hma:content_types": _CURATE,
}

ROUTES: Final[dict[str, Gate]] = {
    **_SIGN_IN_ROUTES,
    **_HOUSE_ROUTES,
    **_CONSOLE_ROUTES,
    **_PUBLIC_ROUTES,
    **_API_ROUTES,
    **_HMA_ROUTES,
    # Every other room adds its routes below, one block per room.
    **BANK_ROUTES,
}


class HasRoles(Protocol):
    """What `is_allowed` asks a person for."""

    @property
    def role_names(self) -> frozenset[str]:
        """The roles held now."""


OPEN_TO_OUTSIDERS: Final = frozenset({"console:inbox", "console:search", "console:me", "console:viewing"})
"""What a person from elsewhere may open besides their own account and the cases in their hands.

Their roles say what they may do with such a case; every other address of the house is refused, whatever their roles.
"""


def roles_of(who: Actor | HasRoles | Any) -> frozenset[str]:
    """Return the role names of an actor or person; empty for anybody else, anonymous visitors included."""
    if isinstance(who, Actor):
        return who.roles if who.kind == "person" else frozenset()
    held: frozenset[str] = getattr(who, "role_names", frozenset())
    return held


def _holds_one_of(roles: frozenset[Role]) -> Callable[[Any], bool]:
    wanted = frozenset(str(role) for role in roles)

    def test(who: Any) -> bool:
        return bool(wanted & roles_of(who))

    return test


RULES: Final[Any] = RuleSet()
for _permission, _roles in PERMISSIONS.items():
    RULES.add_rule(_permission, _holds_one_of(_roles))


def is_allowed(who: Actor | HasRoles | Any, permission: str) -> bool:
    """Say whether an actor, person or visitor holds a permission. Raises UnknownPermission."""
    if permission not in RULES:
        raise UnknownPermission(permission)
    return bool(RULES.test_rule(permission, who))


def permissions_of(who: Actor | HasRoles | Any) -> frozenset[str]:
    """Return every permission somebody holds."""
    return frozenset(name for name in PERMISSIONS if is_allowed(who, name))


def docs_table() -> str:
    """Return the two tables of the documentation page, as Markdown, always as the code has them."""
    roles = list(Role)
    lines = ["## Roles", "", "| Role | Duty |", "|---|---|"]
    lines += [f"| {role.label} | {ROLE_DUTIES[role]} |" for role in roles]
    lines += ["", "## Who may do what", ""]
    lines.append("| Permission | " + " | ".join(str(role.label) for role in roles) + " |")
    lines.append("|---" * (len(roles) + 1) + "|")
    for permission, holders in sorted(PERMISSIONS.items()):
        cells = " | ".join("yes" if role in holders else "" for role in roles)
        lines.append(f"| `{permission}` | {cells} |")
    lines += ["", "## People from elsewhere", ""]
    lines.append("Whatever their roles: the cases in their hands, their own account, and")
    lines.append(
        ", ".join(f"`{route}`" for route in sorted(OPEN_TO_OUTSIDERS)) + ". Everything else is refused."
    )
    lines += ["", "## What each address asks for", "", "| Route | Asks for |", "|---|---|"]
    lines += [f"| `{route}` | `{gate}` |" for route, gate in sorted(ROUTES.items())]
    return "\n".join(lines) + "\n"
