"""Addresses of the received lists."""

from django.urls import path

from lianfang.apps.lists.views import lists

urlpatterns = [
    path("lists/", lists.lists, name="lists"),
    path("lists/review/", lists.review, name="list_review"),
    path("lists/rows/<int:row_id>/", lists.row, name="list_row"),
]
