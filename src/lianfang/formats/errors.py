"""What can be wrong with a whole file, as opposed to one of its rows."""


class TableError(Exception):
    """A file cannot be read as the table it should be; `code` is stable, the message names file part and remedy.

    `field` is the column or option concerned, if any.
    """

    def __init__(self, code: str, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
