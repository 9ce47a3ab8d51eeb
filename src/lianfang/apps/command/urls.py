"""Addresses of the pages that combine apps."""

from django.urls import path

from lianfang.apps.command.views import desk, goods, imports, people, person_edit, places, response, search, tasks

urlpatterns = [
    path("desk/", desk.desk, name="desk"),
    path("desk/chart.json", desk.chart, name="desk_chart"),
    path("desk/positives/", desk.positives, name="positives"),
    path("search/", search.search, name="search"),
    path("tasks/", tasks.tasks, name="tasks"),
    path("tasks/<int:task_id>/", tasks.task, name="task"),
    path("tasks/<int:task_id>/take/", tasks.take, name="task_take"),
    path("tasks/<int:task_id>/done/", tasks.finish, name="task_done"),
    path("tasks/<int:task_id>/return/", tasks.give_back, name="task_return"),
    path("tasks/<int:task_id>/reassign/", tasks.reassign, name="task_reassign"),
    path("tasks/proofs/<int:event_id>/", tasks.proof, name="task_proof"),
    path("people/", people.people, name="people"),
    path("people/find/", people.find, name="person_find"),
    path("people/<path:code>/identity/", people.identity, name="person_identity"),
    path("people/<path:code>/edit/", person_edit.edit, name="person_edit"),
    path("people/<path:code>/onset/", people.onset, name="person_onset"),
    path("people/<path:code>/timeline.json", people.timeline, name="person_timeline"),
    path("people/<path:code>/", people.person, name="person"),
    path("goods/", goods.goods, name="goods"),
    path("goods/<path:code>/timeline.json", goods.timeline, name="lot_timeline"),
    path("goods/<path:code>/", goods.lot, name="lot"),
    path("surfaces/<path:code>/", places.surface, name="surface"),
    path("places/", places.places, name="places"),
    path("places/<path:code>/timeline.json", places.timeline, name="place_timeline"),
    path("places/<path:code>/surfaces/", places.new_surface, name="surface_new"),
    path("places/<path:code>/", places.place, name="place"),
    path("imports/", imports.imports, name="imports"),
    path("imports/<int:job_id>/", imports.job, name="import"),
    path("imports/<int:job_id>/start/", imports.start, name="import_start"),
    path("imports/<int:job_id>/discard/", imports.discard, name="import_discard"),
    path("imports/<int:job_id>/rejects.csv", imports.rejects, name="import_rejects"),
    path("responses/<path:code>/", response.response, name="specimen_response"),
]
