"""Addresses of the risk areas: for everybody, and for the staff who answer for the lists."""

from django.urls import path

from lianfang.apps.areas.views import public, staff

urlpatterns = [
    path("risk-areas/", public.risk_areas, name="risk_areas"),
    path("risk-areas.json", public.feed_json, name="risk_areas_json"),
    path("risk-areas.atom", public.feed_atom, name="risk_areas_atom"),
    path("risk-lists/", staff.risk_lists, name="risk_lists"),
    path("risk-lists/places/", staff.places, name="risk_places"),
    path("risk-lists/places/<int:place_id>/", staff.place, name="risk_place"),
    path("risk-lists/<int:list_id>/", staff.risk_list, name="risk_list"),
    path("risk-lists/<int:list_id>/confirm/", staff.confirm, name="risk_list_confirm"),
    path("risk-lists/<int:list_id>/refuse/", staff.refuse, name="risk_list_refuse"),
]
