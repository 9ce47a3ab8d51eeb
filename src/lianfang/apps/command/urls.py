"""Addresses of the pages that combine apps."""

from django.urls import path

from lianfang.apps.command.views import desk, goods, people, places, tasks

urlpatterns = [
    path("desk/", desk.desk, name="desk"),
    path("tasks/", tasks.tasks, name="tasks"),
    path("tasks/<int:task_id>/", tasks.task, name="task"),
    path("people/", people.people, name="people"),
    path("people/<path:code>/", people.person, name="person"),
    path("goods/", goods.goods, name="goods"),
    path("goods/<path:code>/", goods.lot, name="lot"),
    path("places/", places.places, name="places"),
    path("places/<path:code>/", places.place, name="place"),
]
