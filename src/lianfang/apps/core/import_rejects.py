"""The rejected rows of an import: kept encrypted and for a while, and said in the language of whoever reads them."""

from io import BytesIO

import polars as pl

from lianfang.apps.core import identity, import_words
from lianfang.apps.core.imports import Outcome
from lianfang.formats.checks import ROW
from lianfang.formats.reading import marked_as_text
from lianfang.formats.tables import LINE, SURPLUS

_OURS = {"line", "field", "reason", "message"}
_FAULT = [ROW, LINE, "field", "reason", "detail"]
_MARK = "file:"  # before the file's own columns, which may be called anything


def rejected_rows(outcome: Outcome) -> pl.DataFrame:
    """Return one row per fault: ROW, LINE, field as the file calls it, reason, detail, and the file's row."""
    columns = outcome.reader.columns
    names = {name: "/".join(chosen) for name, chosen in columns.items()} | {SURPLUS: ""}
    faults = outcome.rejects.select(_FAULT).with_columns(pl.col("field").replace(names))
    rows = outcome.reader.original(faults[LINE].unique())
    rows = rows.rename({name: f"{_MARK}{name}" for name in rows.columns if name != LINE})
    return faults.join(rows, on=LINE, how="left", maintain_order="left")


def sealed(rejected: pl.DataFrame) -> bytes:
    """Return the rows encrypted: they hold names and numbers as people wrote them."""
    content = BytesIO()
    rejected.write_parquet(content)
    return identity.encrypt_bytes(content.getvalue())


def unsealed(content: bytes) -> pl.DataFrame:
    """Return the rows that were sealed. Raises: IdentityInvalid if no key fits."""
    return pl.read_parquet(BytesIO(identity.decrypt_bytes(content)))


def as_csv(rejected: pl.DataFrame) -> bytes:
    """Return the rows for a spreadsheet: line, field, reason, message (in the active language), the row as it was.

    Several faults of a row are joined by "; ". Texts a spreadsheet would take for formulas are marked as text.
    """
    sentences = {code: import_words.reason(code) for code in rejected["reason"].unique()}
    detail = pl.when(pl.col("detail").is_null()).then(pl.lit("")).otherwise(pl.format(" ({})", "detail"))
    said = rejected.with_columns(message=pl.col("reason").replace_strict(sentences, default="") + detail)
    faults = [pl.col(name).unique(maintain_order=True).str.join("; ") for name in ("field", "reason", "message")]
    theirs = [name for name in rejected.columns if name not in _FAULT]
    rows = said.group_by(ROW, LINE, maintain_order=True).agg(*faults, pl.col(theirs).first())
    plain = {name: name.removeprefix(_MARK) for name in theirs}
    renamed = {name: f"{given} (file)" if given in _OURS else given for name, given in plain.items()}
    table = rows.drop(ROW).rename({LINE: "line", **renamed})
    return b"\xef\xbb\xbf" + table.with_columns(marked_as_text(pl.col(pl.String))).write_csv().encode()
