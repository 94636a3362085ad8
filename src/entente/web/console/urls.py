"""Addresses of the console."""

from typing import Final

from django.urls import URLPattern, path

from entente.web.console import (
    appointing_views,
    arrival_views,
    assess_views,
    case_acts,
    case_views,
    check_views,
    clarify_acts,
    complaint_acts,
    copy_views,
    decide_views,
    desk_views,
    handing,
    inbox_views,
    keeping_acts,
    letter_acts,
    match_views,
    offer_acts,
    order_acts,
    oversight_views,
    own_initiative_acts,
    own_views,
    paper_acts,
    plain_acts,
    player_views,
    preview_views,
    route_acts,
    threat_acts,
)
from entente.web.console.banks.urls import ROUTES as BANKS

app_name = "console"

_WORK: Final[list[URLPattern]] = [
    path("", inbox_views.inbox, name="inbox"),
    path("hand-over/", inbox_views.hand_over, name="hand_over"),
    path("hand-over/undo/", handing.take_back, name="hand_over_undo"),
    path("next/", inbox_views.next_case, name="next_case"),
    path("search/", inbox_views.search, name="search"),
    path("arrivals/", arrival_views.arrivals, name="arrivals"),
    path("arrivals/new/", arrival_views.new_arrival, name="arrival_new"),
    path("arrivals/<uuid:arrival_id>/", arrival_views.arrival, name="arrival"),
    path("arrivals/<uuid:arrival_id>/edit/", arrival_views.edit_arrival, name="arrival_edit"),
    path("arrivals/<uuid:arrival_id>/original/", arrival_views.original, name="arrival_original"),
    path("arrivals/<uuid:arrival_id>/settle/", arrival_views.settle, name="arrival_settle"),
    path("arrivals/<uuid:arrival_id>/split/", arrival_views.split, name="arrival_split"),
    path("arrivals/refused/<uuid:refused_id>/seen/", arrival_views.refused_seen, name="refused_seen"),
    path("arrivals/<uuid:arrival_id>/take-back/", arrival_views.unsettle, name="arrival_unsettle"),
]
_MATCHES: Final[list[URLPattern]] = [
    path("matches/", match_views.matches, name="matches"),
    path("matches/<uuid:recognition_id>/", match_views.match, name="match"),
]
_CASES: Final[list[URLPattern]] = [
    path("cases/<uuid:case_id>/", case_views.case, name="case"),
    path("cases/<uuid:case_id>/items/", case_views.items, name="case_items"),
    path("cases/<uuid:case_id>/assign/", case_acts.assign, name="case_assign"),
    path("cases/<uuid:case_id>/hand-back/", case_acts.hand_back, name="case_hand_back"),
    path("cases/<uuid:case_id>/heavy/", case_acts.mark_heavy, name="case_heavy"),
    path("cases/<uuid:case_id>/check/", check_views.check, name="check"),
    path("cases/<uuid:case_id>/assess/<uuid:item_id>/", assess_views.assess, name="assess"),
    path("cases/<uuid:case_id>/assess/<uuid:item_id>/draft/", assess_views.autosave, name="assess_draft"),
    path("cases/<uuid:case_id>/decide/<uuid:item_id>/", decide_views.decide, name="decide"),
    path("cases/<uuid:case_id>/decide/", decide_views.decide_progress, name="decide_progress"),
    path(
        "cases/<uuid:case_id>/measures/<uuid:action_id>/again/", case_acts.retry_action, name="action_retry"
    ),
    path(
        "cases/<uuid:case_id>/answers/<uuid:answer_id>/again/", case_views.answer_again, name="answer_again"
    ),
    path("cases/<uuid:case_id>/parts/<uuid:part_id>/", preview_views.part, name="preview_part"),
    path("cases/<uuid:case_id>/originals/<uuid:part_id>/", preview_views.original, name="original"),
    path(
        "cases/<uuid:case_id>/originals/<uuid:part_id>/player/", player_views.player, name="original_player"
    ),
    path("cases/<uuid:case_id>/originals/<uuid:part_id>/media/", player_views.media, name="original_media"),
    path("cases/<uuid:case_id>/copies/again/", copy_views.ask_again, name="copies_again"),
    path("cases/<uuid:case_id>/copies/<uuid:snapshot_id>/", copy_views.upload, name="copy_upload"),
    path("viewing/", preview_views.viewing, name="viewing"),
    *[
        act.route()
        for act in (
            *case_acts.ACTS,
            *route_acts.ACTS,
            *threat_acts.ACTS,
            *order_acts.ACTS,
            *clarify_acts.ACTS,
            *own_initiative_acts.ACTS,
            *offer_acts.ACTS,
            *paper_acts.ACTS,
            *complaint_acts.ACTS,
            *plain_acts.ACTS,
            *letter_acts.ACTS,
            *keeping_acts.ACTS,
            *decide_views.ACTS,
        )
    ],
]
_DESKS: Final[list[URLPattern]] = [
    path("deadlines/", desk_views.deadline_list, name="deadlines"),
    path("deadlines/<uuid:deadline_id>/", desk_views.deadline, name="deadline"),
    path(
        "deadlines/<uuid:deadline_id>/acknowledge/",
        desk_views.deadline_acknowledge,
        name="deadline_acknowledge",
    ),
    path("pages/<uuid:delivery_id>/seen/", desk_views.page_seen, name="page_seen"),
    path("on-call/", desk_views.on_call, name="on_call"),
    path("on-call/add/", desk_views.shift_add, name="shift_add"),
    path("on-call/<uuid:shift_id>/", desk_views.shift_change, name="shift_change"),
    path("on-call/<uuid:shift_id>/remove/", desk_views.shift_remove, name="shift_remove"),
    path("deliveries/", desk_views.delivery_list, name="deliveries"),
    path("deliveries/<uuid:delivery_id>/", desk_views.delivery, name="delivery"),
    path("deliveries/<uuid:delivery_id>/again/", desk_views.delivery_again, name="delivery_again"),
    path("oversight/", oversight_views.oversight, name="oversight"),
    path("oversight/appoint/", appointing_views.oversight_appoint, name="oversight_appoint"),
    path(
        "oversight/appointments/<uuid:appointment_id>/end/",
        appointing_views.oversight_end,
        name="oversight_end",
    ),
    path("oversight/<uuid:copy_id>/", oversight_views.oversight_copy, name="oversight_copy"),
    path("oversight/<uuid:copy_id>/check/", oversight_views.oversight_check, name="oversight_check"),
    path("oversight/<uuid:copy_id>/open/", oversight_views.oversight_open, name="oversight_open"),
    path(
        "oversight/<uuid:copy_id>/recommend/", oversight_views.oversight_recommend, name="oversight_recommend"
    ),
    path(
        "oversight/answer/<uuid:recommendation_id>/",
        oversight_views.oversight_answer,
        name="oversight_answer",
    ),
    path("audit/", desk_views.audit_list, name="audit"),
    path("sources/", desk_views.sources, name="sources"),
    path("sources/add/", desk_views.source_add, name="source_add"),
    path("sources/<uuid:source_id>/remove/", desk_views.source_remove, name="source_remove"),
    path("me/", own_views.my_care, name="me"),
    path("language/", own_views.language, name="language"),
]

urlpatterns = [*_WORK, *_CASES, *_MATCHES, *BANKS, *_DESKS]
