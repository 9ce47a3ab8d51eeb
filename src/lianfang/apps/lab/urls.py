"""Addresses of the laboratory."""

from django.urls import path

from lianfang.apps.lab import views

urlpatterns = [
    path("results/", views.results, name="results"),
]
