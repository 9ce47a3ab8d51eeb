"""Addresses of the core: sessions, accounts, audit, health."""

from django.urls import path

from lianfang.apps.core.views import accounts, audit, citizens, gallery, health, sessions

urlpatterns = [
    path("login/", sessions.Login.as_view(), name="login"),
    path("logout/", sessions.Logout.as_view(), name="logout"),
    path("password/", sessions.password, name="password_change"),
    path("password/done/", sessions.password_done, name="password_change_done"),
    path("accounts/", accounts.accounts, name="accounts"),
    path("accounts/new/", accounts.new_account, name="account_new"),
    path("accounts/<int:account_id>/", accounts.change_account, name="account"),
    path("accounts/<int:account_id>/password/", accounts.reset_password, name="account_password"),
    path("audit/", audit.audit_trail, name="audit"),
    path("gallery/", gallery.gallery, name="gallery"),
    path("citizen/phone/", citizens.phone, name="citizen_phone"),
    path("citizen/code/", citizens.code, name="citizen_code"),
    path("citizen/code/again/", citizens.again, name="citizen_again"),
    path("citizen/end/", citizens.end, name="citizen_end"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
