"""Addresses of the health codes."""

from django.urls import path

from lianfang.apps.healthcode import views

urlpatterns = [
    path("health-codes/", views.codes, name="health_codes"),
    path("health-codes/stays/<int:stay_id>/appeal/", views.make_appeal, name="health_code_appeal"),
    path("health-codes/appeals/<int:appeal_id>/", views.decide, name="health_code_appeal_decide"),
    path("health-codes/<path:code>/", views.code, name="health_code"),
]
