"""Addresses of the pages of EPCIS events."""

from django.urls import path

from lianfang.apps.goods.epcis import views

urlpatterns = [
    path("epcis/", views.events, name="epcis_events"),
    path("epcis/captures/", views.captures, name="epcis_captures"),
    path("epcis/captures/<uuid:capture_id>/", views.capture, name="epcis_capture"),
    path("epcis/subscriptions/", views.subscriptions, name="epcis_subscriptions"),
    path("epcis/subscriptions/<uuid:subscription_id>/end/", views.end, name="epcis_subscription_end"),
    path("epcis/events/<int:number>/", views.event, name="epcis_event"),
]
