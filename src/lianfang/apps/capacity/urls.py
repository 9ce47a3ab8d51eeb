"""Addresses of the laboratories' capacity."""

from django.urls import path

from lianfang.apps.capacity import views

urlpatterns = [
    path("capacity/", views.capacity, name="capacity"),
    path("capacity/forecast/", views.forecast, name="capacity_forecast"),
    path("capacity/plan/", views.commissioning, name="commissioning"),
    path("capacity/plan/new/", views.new_step, name="commissioning_new"),
    path("capacity/plan/<int:milestone_id>/done/", views.step_done, name="commissioning_done"),
    path("capacity/plan/evidence/<int:evidence_id>/", views.proof, name="commissioning_proof"),
    path("capacity/<int:organisation_id>/", views.laboratory, name="laboratory"),
]
