"""Addresses of key places."""

from django.urls import path

from lianfang.apps.venues.views import desk

urlpatterns = [
    path("venues/", desk.venues, name="venues"),
    path("venues/register/", desk.register, name="venue_register"),
    path("venues/photos/<int:entry_id>/", desk.photo, name="venue_photo"),
    path("venues/<path:code>/", desk.venue, name="venue"),
]
