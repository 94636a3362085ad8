"""Addresses for everyone. Those with a token carry their own secret."""

from django.urls import path

from entente.web.public import (
    confirm_views,
    copy_views,
    landing_views,
    language,
    letter_views,
    notice_views,
    why_views,
)

app_name = "public"
urlpatterns = [
    path("", landing_views.landing, name="landing"),
    path("authorities", landing_views.authorities, name="authorities"),
    path("find", landing_views.find, name="find"),
    path("language", language.set_language, name="set_language"),
    path("notices/new", notice_views.new_notice, name="new_notice"),
    path("notices/<str:token>", notice_views.notice, name="notice"),
    path("notices/<str:token>/receipt", notice_views.notice_receipt, name="notice_receipt"),
    path("notices/<str:token>/receipt.json", notice_views.notice_receipt_json, name="notice_receipt_json"),
    path(
        "notices/<str:token>/complaint/<uuid:item_id>",
        notice_views.notice_complaint,
        name="notice_complaint",
    ),
    path("letters/<str:token>", letter_views.letter, name="letter"),
    path("letters/<str:token>/order", letter_views.letter_order, name="letter_order"),
    path("letters/<str:token>/complaint", letter_views.letter_complaint, name="letter_complaint"),
    path("letters/<str:token>/scrutiny", letter_views.letter_scrutiny, name="letter_scrutiny"),
    path("complaints/<str:token>", letter_views.complaint, name="complaint"),
    path("why/<uuid:action_id>", why_views.why, name="why"),
    path("confirm/<str:token>", confirm_views.confirm, name="confirm"),
    path("confirm/<str:token>/copy", copy_views.confirm_copy, name="confirm_copy"),
]
