"""Addresses of the doors."""

from django.urls import path

from lianfang.apps.gates import views

urlpatterns = [path("gate/sync", views.sync, name="gate_sync")]
