"""Alerts, dashboard and the page about metrics speak of metrics that there are."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from dockschedd.api import exposition, metrics
from tests.architecture.repository import ROOT

ALERTS: Path = ROOT / "packaging" / "prometheus" / "alerts.yaml"
DASHBOARD: Path = ROOT / "packaging" / "grafana" / "dashboard.json"
_STRING = re.compile(r'"[^"]*"')
_METRIC = re.compile(r"\b(?:dockschedd|process)_\w+")
_SELECTOR = re.compile(r"\b(\w+)\{([^}]*)\}")
_LABEL = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"')
#: Labels that Prometheus itself puts on everything.
SCRAPE = {"job", "instance"}


def series() -> dict[str, set[str]]:
    """The name of each series that a scrape has, with its labels."""
    found: dict[str, set[str]] = {name: set() for name in exposition.PROCESS}
    found["process_cpu_seconds_total"] = found.pop("process_cpu_seconds")
    for each in metrics.METRICS:
        labels = set(each.labels)
        match each.kind:
            case metrics.Kind.COUNTER:
                found[f"{each.name}_total"] = labels
            case metrics.Kind.GAUGE:
                found[each.name] = labels
            case metrics.Kind.HISTOGRAM:
                found |= {f"{each.name}_{part}": labels for part in ("count", "sum")}
                found[f"{each.name}_bucket"] = labels | {"le"}
    return found


def rules() -> list[dict]:
    groups = yaml.safe_load(ALERTS.read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def targets() -> list[tuple[str, dict]]:
    panels = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    return [(panel["title"], target) for panel in panels for target in panel["targets"]]


EXPRESSIONS = [(rule["alert"], rule["expr"]) for rule in rules()] + [
    (title, target["expr"]) for title, target in targets()
]


@pytest.mark.parametrize(("where", "expression"), EXPRESSIONS)
def test_an_expression_names_only_what_there_is(where, expression) -> None:
    """Each series, each label of it, and each word of a status exists."""
    known = series()
    named = set(_METRIC.findall(_STRING.sub("", expression)))
    assert named <= known.keys(), where
    assert named or "up{" in expression, where
    for name, inside in _SELECTOR.findall(expression):
        labels = dict(_LABEL.findall(inside))
        assert labels.keys() <= known.get(name, set()) | SCRAPE, (where, name)
        if name == "dockschedd_runs_total" and "status" in labels:
            words = {str(value) for value in metrics.model.RunStatus}
            assert set(labels["status"].split("|")) <= words, where


@pytest.mark.parametrize(("where", "expression"), EXPRESSIONS)
def test_an_expression_has_its_brackets_in_pairs(where, expression) -> None:
    """What was cut off in the middle is seen here, and not by whoever is on call."""
    bare = _STRING.sub("", expression)
    for left, right in ("()", "[]", "{}"):
        assert bare.count(left) == bare.count(right), where


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_a_rule_says_how_bad_it_is_and_what_it_is(rule) -> None:
    """And its texts use only labels that its expression leaves."""
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    assert rule["annotations"]["summary"]
    known = set().union(SCRAPE, *(series().get(n, set()) for n in _METRIC.findall(rule["expr"])))
    for text in rule["annotations"].values():
        assert set(re.findall(r"\$labels\.(\w+)", text)) <= known


def test_names_of_rules_and_panels_are_each_there_once() -> None:
    """Nobody has to guess which of two has fired."""
    alerts = [rule["alert"] for rule in rules()]
    panels = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    assert len(set(alerts)) == len(alerts)
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len({panel["title"] for panel in panels}) == len(panels)


def test_panels_do_not_lie_on_each_other() -> None:
    """Each has its place in the 24 columns of the dashboard."""
    taken = set()
    for panel in json.loads(DASHBOARD.read_text("utf-8"))["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {
            (place["x"] + dx, place["y"] + dy)
            for dx in range(place["w"])
            for dy in range(place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells


def test_every_metric_is_on_the_dashboard() -> None:
    """What is measured is shown."""
    shown = set(_METRIC.findall(" ".join(target["expr"] for _, target in targets())))
    missing = [each.name for each in metrics.METRICS if not any(each.name in s for s in shown)]

    assert missing == []
