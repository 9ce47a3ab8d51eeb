"""All URLs of the web system."""

from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from lianfang.config import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("i18n/setlang/", login_not_required(set_language), name="set_language"),
    path("api/", api.urls()),
    path("", include("lianfang.apps.core.urls")),
    path("", include("lianfang.apps.areas.urls")),
    path("", include("lianfang.apps.lists.urls")),
    path("", include("lianfang.apps.lab.urls")),
    path("", include("lianfang.apps.lab.bench.urls")),
    path("", include("lianfang.apps.capacity.urls")),
    path("", include("lianfang.apps.reporting.urls")),
    path("", include("lianfang.apps.goods.urls")),
    path("", include("lianfang.apps.goods.epcis.urls")),
    path("", include("lianfang.apps.returnees.urls")),
    path("", include("lianfang.apps.tracing.urls")),
    path("", include("lianfang.apps.healthcode.urls")),
    path("", include("lianfang.apps.venues.urls")),
    path("", include("lianfang.apps.gates.urls")),
    path("", include("lianfang.apps.command.urls")),
]
