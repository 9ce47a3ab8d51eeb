"""What staff say about a file: its kind, its columns, its dates and zone. Shape only; the import decides."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from lianfang.apps.command.import_fields import DATE_FORMS, KINDS, field_word
from lianfang.apps.core.imports import ImportOptions
from lianfang.formats.dates import DateForm
from lianfang.formats.fields import SPECS, Field
from lianfang.formats.preview import Preview

MAX_UPLOAD_BYTES = 256 << 20
SUFFIXES = (".csv", ".txt", ".tsv", ".parquet", ".xlsx", ".xls")
_COLUMN = "column_"


class UploadForm(forms.Form):
    """Hand in a file."""

    kind = forms.ChoiceField()  # of those the reader may hand in
    source = forms.CharField(
        label=_("Who sends it"),
        required=False,
        max_length=100,
        help_text=_("For lists from elsewhere: the columns you choose are used again for this source's next list."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "source-options"}),
    )
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV, Excel or Parquet, up to 256 MB. Choose it or drop it here."),
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(SUFFIXES), "class": "form-control form-control-lg"}),
    )

    def __init__(self, *args: Any, kinds: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shown = [(kind, KINDS[kind]) for kind in KINDS if kind in kinds]
        self.fields["kind"] = forms.ChoiceField(label=_("What the file holds"), choices=shown)
        if "list" not in kinds:
            del self.fields["source"]

    def clean(self) -> dict[str, Any]:
        """Ask for the source of a list."""
        said = super().clean() or {}
        if said.get("kind") == "list" and not (said.get("source") or "").strip():
            self.add_error("source", _("Say who sends this list."))
        return said

    def clean_file(self) -> "UploadedFile[bytes]":
        """Refuse what is no table by its name, and what is too large."""
        given: UploadedFile[bytes] = self.cleaned_data["file"]
        if Path(given.name or "").suffix.lower() not in SUFFIXES:
            raise forms.ValidationError(_("CSV, Excel and Parquet files can be imported."))
        if (given.size or 0) > MAX_UPLOAD_BYTES:
            raise forms.ValidationError(_("The file is larger than 256 MB. Import it on the server's command line."))
        return given


class OptionsForm(forms.Form):
    """Say which column is which, and how dates and times are meant."""

    zone = forms.ChoiceField(label=_("Times that name no zone"), required=False)
    date_form = forms.ChoiceField(label=_("Dates in text"), required=False, choices=list(DATE_FORMS.items()))
    area_code = forms.RegexField(
        r"^(\d{2}|\d{4}|\d{6}|\d{9}|\d{12})$",
        label=_("Division of rows that name none"),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    header_row = forms.IntegerField(label=_("Row of the header"), required=False, min_value=1)
    # Of which row the columns are that the user saw; the choice of columns holds for that header only.
    shown_header_row = forms.IntegerField(required=False, widget=forms.HiddenInput)
    keep_good = forms.BooleanField(label=_("Store the good rows even if others are rejected"), required=False)

    def __init__(self, *args: Any, kind: str, looked: Preview, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["zone"].choices = [  # type: ignore[attr-defined]
            ("", _("There are none; refuse the file if there are")),
            (settings.TIME_ZONE, _("They are the county's time")),
        ]
        self.kind = kind
        for spec_field in SPECS[kind].fields:
            self.fields[_COLUMN + spec_field.name] = _column_field(kind, spec_field, looked)

    @property
    def column_fields(self) -> list[forms.BoundField]:
        """The fields that choose columns, in the table's order."""
        return [self[_COLUMN + spec_field.name] for spec_field in SPECS[self.kind].fields]

    @property
    def other_fields(self) -> list[forms.BoundField]:
        """The fields about the file as a whole."""
        return [bound for bound in self if not bound.name.startswith(_COLUMN)]

    def options(self, filename: str) -> ImportOptions:
        """Return what was said."""
        said = self.cleaned_data
        columns = {name.removeprefix(_COLUMN): value for name, value in said.items() if name.startswith(_COLUMN)}
        return ImportOptions(
            columns={name: _as_tuple(value) for name, value in columns.items()},
            date_form=DateForm(said["date_form"]) if said["date_form"] else None,
            zone=said["zone"] or None,
            header_row=said["header_row"],
            keep_good=said["keep_good"],
            area_code=said["area_code"] or None,
            source_name=filename,
        )


def _as_tuple(value: str | list[str]) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(value)
    return (value,) if value else ()


def _column_field(kind: str, spec_field: Field, looked: Preview) -> forms.Field:
    label = str(field_word(kind, spec_field.name))
    chosen = list(looked.chosen.get(spec_field.name, ()))
    required = spec_field.required or spec_field.column_required
    columns = [(column, column) for column in looked.columns]
    if spec_field.many:
        return forms.MultipleChoiceField(label=label, required=required, choices=columns, initial=chosen)
    options = [("", _("– not in the file –")), *columns]
    return forms.ChoiceField(label=label, required=required, choices=options, initial=chosen[0] if chosen else "")
