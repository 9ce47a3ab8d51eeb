"""Filling empty fields of persons in the register with what a later list says."""

import polars as pl

from lianfang.apps.core import audit, identity
from lianfang.apps.core.imports import Actor
from lianfang.apps.core.models import Subject
from lianfang.apps.people.models import Person

_COLUMNS = [
    "name",
    "sex",
    "birth_date",
    "age_years",
    "id_number_cipher",
    "id_number_hash",
    "phone_cipher",
    "phone_hash",
]


def complete_persons(additions: pl.DataFrame, actor: Actor) -> None:
    """Fill the fields; call it with imports locked, inside the import's transaction.

    additions: as `matching.Cast` has them. Which fields were filled is part of the batch's evidence, the values are not.
    """
    if additions.is_empty():
        return
    persons = Person.objects.select_related("subject").in_bulk(additions["subject_id"].to_list())
    renamed: list[Subject] = []
    for row in additions.iter_rows(named=True):
        person = persons[row["subject_id"]]
        for name in ("name", "sex", "birth_date", "age_years"):
            if row[name] is not None:
                setattr(person, name, row[name])
        for name in ("id_number", "phone"):
            if row[name] is not None:
                setattr(person, f"{name}_cipher", identity.encrypt(row[name]))
                setattr(person, f"{name}_hash", identity.search_hash(row[name]))
        if row["name"] is not None:
            person.subject.label = identity.mask_name(row["name"])
            renamed.append(person.subject)
    Person.objects.bulk_update(persons.values(), _COLUMNS, batch_size=1_000)
    Subject.objects.bulk_update(renamed, ["label"], batch_size=1_000)
    audit.record("people.completed", by=actor.by, at=actor.at, subjects=list(persons))
