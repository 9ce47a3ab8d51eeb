"""Addresses of the warehouse, the shops, the inspectors and the public's trace codes."""

from django.urls import path

from lianfang.apps.goods.views import market, pallets, public, steps, warehouse

urlpatterns = [
    path("warehouse/", warehouse.warehouse, name="warehouse"),
    path("warehouse/book/", warehouse.book, name="warehouse_book"),
    path("warehouse/incomplete/<slug:name>/", warehouse.incomplete, name="warehouse_incomplete"),
    path("warehouse/certificates/", warehouse.certificates, name="warehouse_certificates"),
    path("warehouse/certificates/<int:certificate_id>/", warehouse.certificate, name="warehouse_certificate"),
    path("warehouse/certificates/<int:certificate_id>/file/", warehouse.certificate_file, name="certificate_file"),
    path("warehouse/rooms/", warehouse.rooms, name="warehouse_rooms"),
    path("warehouse/rooms/<str:code>/", warehouse.room, name="warehouse_room"),
    path("warehouse/rooms/<str:code>/chart.json", warehouse.room_chart, name="warehouse_room_chart"),
    path("warehouse/pallets/", pallets.pallets, name="warehouse_pallets"),
    path("warehouse/pallets/<slug:sscc>/", pallets.pallet, name="warehouse_pallet"),
    path("warehouse/recalls/", warehouse.recalls, name="recalls"),
    path("warehouse/lots/<str:code>/label-<slug:size>.<slug:kind>", warehouse.labels, name="lot_labels"),
    path("warehouse/lots/<str:code>/<slug:step>/", steps.step, name="lot_step"),
    path("recalls/<int:notice_id>/", market.notice, name="recall_notice"),
    path("shop/", market.shop, name="shop"),
    path("inspections/", market.inspections, name="inspections"),
    path("inspections/new/", market.inspect, name="inspect"),
    path("inspections/<str:number>/", market.inspection, name="inspection"),
    path("01/<str:gtin>/10/<str:lot>", public.trace, name="trace"),
    path("01/<str:gtin>/10/<str:lot>/21/<str:serial>", public.trace, name="trace_part"),
]
