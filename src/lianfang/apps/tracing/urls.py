"""Addresses of investigations; subjects stand in them by code only."""

from django.urls import path

from lianfang.apps.tracing.views import drawings, pages

ONE = "investigations/<str:number>/"

urlpatterns = [
    path("investigations/", pages.investigations, name="investigations"),
    path(ONE, pages.investigation, name="investigation"),
    path(f"{ONE}places/", pages.investigation_places, name="investigation_places"),
    path(f"{ONE}network/", pages.investigation_network, name="investigation_network"),
    path(f"{ONE}work/", pages.investigation_work, name="investigation_work"),
    path(f"{ONE}runs/", pages.investigation_runs, name="investigation_runs"),
    path(f"{ONE}decide/", pages.decide_again, name="investigation_decide"),
    path(f"{ONE}exposures.xlsx", pages.exposures_xlsx, name="investigation_xlsx"),
    path(f"{ONE}timeline.json", drawings.timeline, name="investigation_timeline"),
    path(f"{ONE}graph.json", drawings.graph, name="investigation_graph"),
    path(f"{ONE}exposures/<path:code>/", pages.exposure, name="exposure"),
]
