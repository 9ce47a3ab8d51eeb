"""A member of staff at the real server: every request is repeated until the server answers it, as people do."""

import http.client
import json
import time
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import urlencode

ANSWER_S = 240
CSRF = "a" * 32
CLOSED = (OSError, http.client.HTTPException)
BOUNDARY = "round" * 8


class Answer(NamedTuple):
    """What the server says; `location`: where it sends on to."""

    status: int
    location: str
    content: bytes


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
        answer = self._ask("POST", path, json.dumps(content).encode(), "application/json")
        if answer.status != 200:
            raise ValueError(f"{path}: {answer.status} {answer.content[:300]!r}")
        found: dict[str, Any] = json.loads(answer.content)
        return found

    def form(self, path: str, **fields: str) -> Answer:
        """POST a page's form."""
        return self._ask("POST", path, urlencode(fields).encode(), "application/x-www-form-urlencoded")

    def upload(self, path: str, name: str, content: bytes) -> Answer:
        """POST a page's form with a file."""
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()
        return self._ask("POST", path, body, f"multipart/form-data; boundary={BOUNDARY}")

    def page(self, path: str) -> bytes:
        """GET a page. Raises ValueError if it is not there."""
        answer = self._ask("GET", path, b"", "text/plain")
        if answer.status != 200:
            raise ValueError(f"{path}: {answer.status}")
        return answer.content

    def _ask(self, method: str, path: str, body: bytes, kind: str) -> Answer:
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
                self._connection.request(method, path, body, headers)
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
                return Answer(answer.status, answer.headers.get("Location", ""), content)
            if time.monotonic() > deadline:
                raise ValueError(f"{path}: {answer.status} {content[:300]!r}")
            self.n_repeated += 1
            time.sleep(0.1)
