"""Addresses of accounts, people, machine clients, the register and the host's profile.

The root includes this file once, at the top: `path("", include("entente.web.accounts.urls"))`.
"""

from django.urls import URLPattern, URLResolver, include, path

from entente.web.accounts import client_views, host_views, own_views, people_views, register_views

_own = [
    path("profile/", own_views.profile, name="profile"),
    path("enrol/", own_views.enrol, name="enrol"),
    path("invitation/<str:token>/", own_views.invitation_link, name="invitation_link"),
    path("invitation/", own_views.invitation, name="invitation"),
    path("recovery/<str:token>/", own_views.recovery_link, name="recovery_link"),
    path("recovery/", own_views.recovery, name="recovery"),
]
_people = [
    path("", people_views.people_list, name="list"),
    path("invite/", people_views.invite, name="invite"),
    path(
        "invitations/<uuid:invitation_id>/withdraw/",
        people_views.withdraw_invitation,
        name="withdraw_invitation",
    ),
    path("recoveries/", people_views.recoveries, name="recoveries"),
    path("recoveries/<uuid:recovery_id>/confirm/", people_views.confirm_recovery, name="confirm_recovery"),
    path("recoveries/<uuid:recovery_id>/cancel/", people_views.cancel_recovery, name="cancel_recovery"),
    path("<uuid:person_id>/", people_views.person_detail, name="detail"),
    path("<uuid:person_id>/roles/", people_views.roles, name="roles"),
    path("<uuid:person_id>/deactivate/", people_views.deactivate, name="deactivate"),
    path("<uuid:person_id>/recover/", people_views.request_recovery, name="request_recovery"),
]
_clients = [
    path("", client_views.client_list, name="list"),
    path("add/", client_views.add_client, name="add"),
    path("<uuid:client_id>/revoke/", client_views.revoke_client, name="revoke"),
]
_register = [
    path("", register_views.register_list, name="list"),
    path("add/", register_views.add_authority, name="add"),
    path("keys/<uuid:key_id>/revoke/", register_views.revoke_key, name="revoke_key"),
    path("<uuid:authority_id>/", register_views.authority_detail, name="detail"),
    path("<uuid:authority_id>/edit/", register_views.edit_authority, name="edit"),
    path("<uuid:authority_id>/standing/", register_views.set_status, name="set_status"),
    path("<uuid:authority_id>/keys/add/", register_views.add_key, name="add_key"),
    path("<uuid:authority_id>/certificates/add/", register_views.add_certificate, name="add_certificate"),
    path(
        "<uuid:authority_id>/certificates/<uuid:certificate_id>/remove/",
        register_views.remove_certificate,
        name="remove_certificate",
    ),
]
_host = [
    path("", host_views.host_profile, name="profile"),
    path("edit/", host_views.edit_host, name="edit"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("account/", include((_own, "accounts"))),
    path("account/", include("allauth.account.urls")),
    path("account/2fa/", include("allauth.mfa.urls")),
    path("account/sessions/", include("allauth.usersessions.urls")),
    path("account/directory/", include("allauth.socialaccount.urls")),
    path("account/directory/", include("allauth.socialaccount.providers.openid_connect.urls")),
    path("console/people/", include((_people, "people"))),
    path("console/clients/", include((_clients, "clients"))),
    path("console/register/", include((_register, "register"))),
    path("console/host/", include((_host, "host"))),
]
