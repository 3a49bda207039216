"""What monitoring reads: requests, poems, and how long they take, in the format of Prometheus.

Each application counts for itself. It is served at a port of its own, which is not for the public.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    start_http_server,
)

from duende.service.desk import Desk
from duende.service.visits import HEALTH, Visit

SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 8, 13, 21, 34, 60, 120)
"""Where the histograms part: a poem takes 1 to 3 s, one in a form up to a minute."""


class Metrics:
    """The figures of one application, in its `registry`."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._requests = self._counter("requests", "Requests answered", "route", "status")
        self._seconds = self._histogram("request_seconds", "From request to answer's end", "route")
        self._problems = self._counter("problems", "Requests that came to nothing, by why", "kind")
        self._poems = self._counter("poems", "Poems, by how they ended", "lang", "form", "finish")
        self._words = self._counter("words", "Words of poems", "lang")
        self._waited = self._histogram("waited_seconds", "From request to a slot")
        self._began = self._histogram("first_line_seconds", "From request to the first new line")

    def count(self, visit: Visit, *, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)
        if visit.problem and route not in HEALTH:
            self._problems.labels(visit.problem).inc()
        if visit.asked is not None and visit.finish:
            poem = visit.asked.lang, visit.asked.form.id, visit.finish
            self._poems.labels(*poem).inc()
        if visit.poem is not None:
            self._words.labels(visit.poem.lang).inc(visit.poem.words)
        if visit.waited is not None:
            self._waited.observe(visit.waited)
        if visit.began is not None:
            self._began.observe(visit.began)

    def watch(self, desk: Desk) -> None:
        """Read off `desk`, whenever somebody looks, who writes, who waits and whether it can."""
        for name, told, read in (
            ("writing", "Poems that are being written", lambda: desk.gate.writing),
            ("waiting", "Requests that wait for a slot", lambda: desk.gate.waiting),
            ("model_loaded", "Whether the model is loaded", lambda: desk.composer is not None),
        ):
            Gauge(f"duende_{name}", told, registry=self.registry).set_function(read)

    @contextmanager
    def serving(self, host: str, port: int) -> Iterator[None]:
        """Serve the figures from a thread; at no port where that is 0."""
        if not port:
            yield
            return
        server, thread = start_http_server(port, host, self.registry)
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def _counter(self, name: str, told: str, *labels: str) -> Counter:
        return Counter(f"duende_{name}", told, labels, registry=self.registry)

    def _histogram(self, name: str, told: str, *labels: str) -> Histogram:
        return Histogram(f"duende_{name}", told, labels, buckets=SECONDS, registry=self.registry)
