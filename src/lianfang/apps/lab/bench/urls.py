"""Addresses of the bench."""

from django.urls import path

from lianfang.apps.lab.bench.views import desk, plates, runs

urlpatterns = [
    path("bench/", desk.desk, name="bench"),
    path("bench/dilute/", desk.dilute, name="bench_dilute"),
    path("reagents/", desk.lots, name="bench_lots"),
    path("reagents/<int:lot_id>/", desk.lot, name="bench_lot"),
    path("bench/new-plate/", plates.new_plate, name="bench_plate_new"),
    path("bench/plates/<str:code>/", plates.plate, name="bench_plate"),
    path("bench/plates/<str:code>/add/", plates.add, name="bench_plate_add"),
    path("bench/plates/<str:code>/fill/", plates.fill, name="bench_plate_fill"),
    path("bench/plates/<str:code>/well/", plates.well, name="bench_plate_well"),
    path("bench/plates/<str:code>/seal/", plates.seal, name="bench_plate_seal"),
    path("bench/plates/<str:code>/give-up/", plates.give_up, name="bench_plate_give_up"),
    path("bench/plates/<str:code>/read/", plates.read, name="bench_plate_read"),
    path("bench/plates/<str:code>/sheet.csv", plates.sheet, name="bench_plate_sheet"),
    path("bench/runs/", desk.runs, name="bench_runs"),
    path("bench/runs/<int:run_id>/", runs.run, name="bench_run"),
    path("bench/runs/<int:run_id>/sign/", runs.sign, name="bench_run_sign"),
    path("bench/runs/<int:run_id>/repeat/", plates.repeat, name="bench_run_repeat"),
    path("bench/runs/<int:run_id>/file/", runs.file, name="bench_run_file"),
]
