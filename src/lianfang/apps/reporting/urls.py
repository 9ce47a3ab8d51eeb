"""Addresses of reports."""

from django.urls import path

from lianfang.apps.reporting import views

urlpatterns = [
    path("my-results/", views.my_results, name="my_results"),
    path("reports/ordered/", views.ordered, name="reports_ordered"),
    path("reports/employees/", views.employees, name="reports_employees"),
    path("reports/received/", views.received, name="reports_received"),
    path("reports/export/", views.export, name="reports_export"),
]
