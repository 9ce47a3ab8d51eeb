"""Addresses of the health codes."""

from django.urls import path

from lianfang.apps.healthcode.views import issuing, monitors, profiles, staff, travel

urlpatterns = [
    path("gate/snapshot", issuing.snapshot, name="gate_snapshot"),
    path("gate/update", issuing.update, name="gate_update"),
    path("gate/head", issuing.head, name="gate_head"),
    path("gate/consistency", issuing.consistency, name="gate_consistency"),
    path("gate/root", issuing.root, name="gate_root"),
    path("health-codes/", staff.codes, name="health_codes"),
    path("profile-changes/", profiles.changes, name="profile_changes"),
    path("profile-changes/<int:proposal_id>/", profiles.change, name="profile_change"),
    path("profile-changes/<int:proposal_id>/approve/", profiles.approve, name="profile_approve"),
    path("profile-changes/<int:proposal_id>/dry-run/", profiles.dry_run, name="profile_dry_run"),
    path("health-codes/monitors/", monitors.monitors, name="health_code_monitors"),
    path("health-codes/travellers/", travel.travel, name="travel_certificate"),
    path("health-codes/stays/<int:stay_id>/appeal/", staff.make_appeal, name="health_code_appeal"),
    path("health-codes/appeals/<int:appeal_id>/", staff.decide, name="health_code_appeal_decide"),
    path("health-codes/issued/<int:issued_id>/", issuing.issued, name="health_code_issued"),
    path("health-codes/<path:code>/withdraw/", issuing.withdraw, name="health_code_withdraw"),
    path("health-codes/<path:code>/issue/", issuing.issue, name="health_code_issue"),
    path("health-codes/<path:code>/", staff.code, name="health_code"),
]
