"""Metrics as text, in whichever of Prometheus' formats is asked for.

The only importer of prometheus-client, at the first scrape: 14 ms and 1 MB. Its global
registry is left alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from dockschedd.api.call import Text
from dockschedd.api.metrics import Kind
from dockschedd.core.measures import Distribution

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from prometheus_client.core import Metric as Family

    from dockschedd.api.metrics import Metric, Sample

#: Of the library's metrics of the process. Its start would need /proc/stat, which the unit hides.
PROCESS: Final = (
    "process_cpu_seconds",
    "process_resident_memory_bytes",
    "process_open_fds",
    "process_max_fds",
)


def render(found: Iterable[tuple[Metric, tuple[Sample, ...]]], *, accept: str) -> Text:
    """Return all values as the Accept header wants them: OpenMetrics, or text 0.0.4."""
    from prometheus_client import exposition, registry  # noqa: PLC0415 - see above

    class Snapshot(registry.Collector):
        def collect(self) -> Iterator[Family]:
            yield from (_family(metric, samples) for metric, samples in found)
            yield from _process()

    own = registry.CollectorRegistry(auto_describe=False)
    own.register(Snapshot())
    encode, content_type = exposition.choose_encoder(accept)
    return Text(content_type=content_type, body=encode(own))


def _family(metric: Metric, samples: tuple[Sample, ...]) -> Family:
    from prometheus_client import core  # noqa: PLC0415 - see above

    match metric.kind:
        case Kind.COUNTER:
            counter = core.CounterMetricFamily(metric.name, metric.help, labels=metric.labels)
            for labels, value in samples:
                assert not isinstance(value, Distribution)
                counter.add_metric(labels, value)
            return counter
        case Kind.GAUGE:
            gauge = core.GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
            for labels, value in samples:
                assert not isinstance(value, Distribution)
                gauge.add_metric(labels, value)
            return gauge
        case Kind.HISTOGRAM:
            histogram = core.HistogramMetricFamily(metric.name, metric.help, labels=metric.labels)
            for labels, value in samples:
                assert isinstance(value, Distribution)
                bounds = (*map(str, value.bounds), "+Inf")
                buckets = list(zip(bounds, value.cumulative(), strict=True))
                histogram.add_metric(labels, buckets, sum_value=value.total)
            return histogram
        case _ as never:
            assert_never(never)


def _process() -> Iterator[Family]:
    from prometheus_client import process_collector  # noqa: PLC0415 - see above

    collector = process_collector.ProcessCollector(registry=None)
    yield from (family for family in collector.collect() if family.name in PROCESS)
