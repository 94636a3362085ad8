"""Addresses of the exercise."""

from django.urls import path

from entente.web.demo import views

app_name = "demo"
urlpatterns = [
    path("", views.start, name="start"),
    path("be/<uuid:person_id>", views.become, name="become"),
    path("leave", views.leave, name="leave"),
    path("clock", views.move_clock, name="clock"),
    path("mailbox/", views.mailbox, name="mailbox"),
    path("mailbox/<uuid:message_id>", views.mail, name="mail"),
    path("mailbox/files/<uuid:file_id>", views.mail_file, name="mail_file"),
    path("orders/", views.orders, name="orders"),
    path("stories/<slug:story_id>/start", views.start_story, name="start_story"),
]
