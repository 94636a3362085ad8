"""Addresses of documents. They stand before the public pages, whose tokens would swallow the `.pdf`."""

from django.urls import path

from entente.web.documents import views

app_name = "documents"
urlpatterns = [
    path("letters/<str:token>.pdf", views.letter_pdf, name="letter_pdf"),
    path("letters/<str:token>/order.pdf", views.letter_order_pdf, name="letter_order_pdf"),
    path("letters/<str:token>/scrutiny.pdf", views.scrutiny_pdf, name="scrutiny_pdf"),
    path("notices/<str:token>/receipt.pdf", views.receipt_pdf, name="receipt_pdf"),
    path("forms/removal-order.pdf", views.removal_order_form, name="removal_order_form"),
    path("console/answers/<uuid:answer_id>.html", views.answer, {"kind": "html"}, name="answer_html"),
    path("console/answers/<uuid:answer_id>.json", views.answer, {"kind": "json"}, name="answer_json"),
    path("console/answers/<uuid:answer_id>.pdf", views.answer, {"kind": "pdf"}, name="answer_pdf"),
]
