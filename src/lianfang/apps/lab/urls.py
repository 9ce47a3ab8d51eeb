"""Addresses of the laboratory."""

from django.urls import path

from lianfang.apps.lab import custody_views, label_views, order_views, pool_views, views

urlpatterns = [
    path("results/", views.results, name="results"),
    path("custody/", custody_views.tubes, name="custody"),
    path("orders/", order_views.orders, name="orders"),
    path("orders/new/", order_views.new_order, name="order_new"),
    path("orders/<int:order_id>/revoke/", order_views.revoke_order, name="order_revoke"),
    path("rounds/", order_views.rounds, name="rounds"),
    path("rounds/new/", order_views.new_round, name="round_new"),
    path("rounds/<int:round_id>/", order_views.round_, name="round"),
    path("rounds/<int:round_id>/unsampled/", order_views.unsampled, name="round_unsampled"),
    path("rounds/<int:round_id>/revoke/", order_views.revoke_round, name="round_revoke"),
    path("tube-labels/", label_views.tube_labels, name="tube_labels"),
    path("sampling/", pool_views.sampling, name="sampling"),
    path("sampling/worker.js", pool_views.worker, name="sampling_worker"),
    path("pools/", pool_views.pools, name="pools"),
    path("pools/<path:code>/record/", pool_views.record, name="pool_record"),
    path("pools/<path:code>/sign/", pool_views.sign, name="pool_sign"),
    path("pools/<path:code>/correct/", pool_views.correct, name="pool_correct"),
    path("pools/<path:code>/annul/", pool_views.annul, name="pool_annul"),
    path("pools/<path:code>/", pool_views.pool, name="pool"),
    path("specimens/new/", views.new_specimen, name="specimen_new"),
    path("specimens/suggestions/", views.suggestions, name="specimen_suggestions"),
    path("results/<path:code>/record/", views.record, name="result_record"),
    path("results/<path:code>/sign/", views.sign, name="result_sign"),
    path("results/<path:code>/correct/", views.correct, name="result_correct"),
    path("results/<path:code>/annul/", views.annul, name="result_annul"),
    path("results/<path:code>/", views.specimen, name="specimen"),
]
