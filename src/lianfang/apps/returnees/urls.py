"""Addresses of people coming back: their own pages by an address that cannot be guessed, and the staff's."""

from django.urls import path

from lianfang.apps.returnees.views import printing, public, staff, today

urlpatterns = [
    path("back/", public.declare, name="return_declare"),
    path("back/<uuid:handle>/", public.own, name="return_own"),
    path("back/<uuid:handle>/correct/", public.correct, name="return_own_correct"),
    path("back/<uuid:handle>/report/", public.report, name="return_own_report"),
    path("returnees/", staff.returnees, name="returnees"),
    path("returnees/enter/", staff.enter, name="return_enter"),
    path("returnees/poster/", printing.poster, name="return_poster"),
    path("returnees/poster.svg", printing.poster_code, name="return_poster_code"),
    path("returnees/paper-form/", printing.paper_form, name="return_paper_form"),
    path("returnees/<uuid:handle>/", staff.returned_page, name="return"),
    path("returnees/<uuid:handle>/notice/", printing.notice, name="return_notice"),
    path("returnees/<uuid:handle>/confirm/", staff.confirm, name="return_confirm"),
    path("returnees/<uuid:handle>/correct/", staff.correct, name="return_correct"),
    path("today/", today.today, name="today"),
    path("today/worker.js", today.worker, name="today_worker"),
    path("today/<str:code>/record/", today.record, name="today_record"),
    path("today/<str:code>/transfer/", today.transfer, name="today_transfer"),
]
