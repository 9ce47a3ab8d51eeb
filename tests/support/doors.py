"""A real centre on the test's own database, for doors that are processes of their own."""

from pathlib import Path
from urllib.parse import quote

import numpy as np
import numpy.typing as npt
from django.db import connection

from tests.chaos import parts
from tests.chaos.run import ENVIRONMENT

WIDTH, HEIGHT, FRAMES = 640, 480, 4


def database_url() -> str:
    """Return the address of the test database."""
    given = connection.settings_dict
    user, host = quote(str(given["USER"] or "")), quote(str(given["HOST"] or ""), safe="")
    password = f":{quote(str(given['PASSWORD']))}" if given["PASSWORD"] else ""
    return f"postgresql://{user}{password}@/{given['NAME']}?host={host}&port={given['PORT'] or ''}"


def centre(directory: Path) -> parts.Process:
    """Return the centre, not started yet."""
    (directory / "static").mkdir()
    environment = {**ENVIRONMENT, "DJANGO_SETTINGS_MODULE": "lianfang.config.settings"}
    return parts.centre(directory, database_url(), environment, n_processes=1)


def write_film(path: Path, grey: npt.NDArray[np.uint8]) -> None:
    """Write a picture as what a camera sees: a few frames of YUV4MPEG2 with it in the middle."""
    frame = np.full((HEIGHT, WIDTH), 255, dtype=np.uint8)
    height, width = grey.shape
    top, left = (HEIGHT - height) // 2, (WIDTH - width) // 2
    frame[top : top + height, left : left + width] = grey
    colours = bytes([128]) * (WIDTH * HEIGHT // 2)
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode())
        for _ in range(FRAMES):
            file.write(b"FRAME\n" + frame.tobytes() + colours)


__all__ = ["centre", "database_url", "write_film"]
