"""What each process of the web server loads: the application, and beside it the kernels of the trace: no page waits for them."""

import os
import threading

from lianfang.config.wsgi import application

__all__ = ["application"]


def _warm_up() -> None:
    if hasattr(os, "setpriority"):  # of this thread alone, on Linux: pages come first
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
    from lianfang.trace import warm_up  # numba and its kernels: the application starts without them

    warm_up()


threading.Thread(target=_warm_up, name="trace-warm-up", daemon=True).start()
