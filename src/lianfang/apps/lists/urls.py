"""Addresses of the received lists."""

from django.urls import path

from lianfang.apps.lists.views import lists, rows

urlpatterns = [
    path("lists/", lists.lists, name="lists"),
    path("lists/review/", lists.review, name="list_review"),
    path("lists/<int:batch_id>/", lists.one, name="list"),
    path("lists/<int:batch_id>/elsewhere/", rows.elsewhere, name="list_elsewhere"),
    path("lists/rows/<int:row_id>/", rows.row, name="list_row"),
]
