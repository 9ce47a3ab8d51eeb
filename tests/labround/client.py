"""A member of staff at the real server: every request is repeated until the server answers it, as people do."""

import http.client
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

ANSWER_S = 120
CSRF = "a" * 32
CLOSED = (OSError, http.client.HTTPException)


@dataclass
class Staff:
    """One session at one port. `n_repeated`: how many requests the server did not answer at first."""

    port: int
    session: str
    n_repeated: int = 0
    _connection: http.client.HTTPConnection | None = field(default=None, repr=False)

    def close(self) -> None:
        """Hang up; the next request connects anew."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def api(self, path: str, content: object) -> dict[str, Any]:
        """POST JSON. Raises ValueError for a refusal."""
        status, body = self._ask(path, json.dumps(content), "application/json")
        if status != 200:
            raise ValueError(f"{path}: {status} {body[:300]!r}")
        answer: dict[str, Any] = json.loads(body)
        return answer

    def form(self, path: str, **fields: str) -> int:
        """POST a page's form; return the status."""
        return self._ask(path, urlencode(fields), "application/x-www-form-urlencoded")[0]

    def _ask(self, path: str, body: str, kind: str) -> tuple[int, bytes]:
        headers = {
            "Cookie": f"sessionid={self.session}; csrftoken={CSRF}",
            "X-CSRFToken": CSRF,
            "Content-Type": kind,
            "Host": f"127.0.0.1:{self.port}",
        }
        deadline = time.monotonic() + ANSWER_S
        while True:
            try:
                self._connection = self._connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
                self._connection.request("POST", path, body.encode(), headers)
                answer = self._connection.getresponse()
                content = answer.read()
            except CLOSED:
                self.close()
                if time.monotonic() > deadline:
                    raise
                self.n_repeated += 1
                time.sleep(0.1)
                continue
            if answer.status < 500:
                return answer.status, content
            if time.monotonic() > deadline:
                raise ValueError(f"{path}: {answer.status} {content[:300]!r}")
            self.n_repeated += 1
            time.sleep(0.1)
