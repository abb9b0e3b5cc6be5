"""YAML as people expect it: text stays text, nothing is constructed, nothing is said twice.

The only importer of PyYAML. By YAML 1.1 `on` is true, `22:30` is 1350 and `2026-12-24` a date;
here they are text, as by YAML 1.2.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any


def load(text: str) -> Any:
    """Return the one document: tables, lists, text, numbers, true, false and null.

    Raises ValueError, with a sentence that names line and column.
    """
    import yaml  # noqa: PLC0415  30 ms, for the commands that read YAML only

    try:
        return yaml.load(text, Loader=_loader())  # noqa: S506  a SafeLoader with fewer tags
    except yaml.MarkedYAMLError as exc:
        mark = exc.problem_mark or exc.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise ValueError(f"{where}{exc.problem or exc.context}") from exc
    except yaml.YAMLError as exc:
        raise ValueError(f"it is no YAML: {exc}".splitlines()[0]) from exc


@cache
def _loader() -> Any:
    import yaml  # noqa: PLC0415  as above

    class Loader(yaml.SafeLoader):
        """YAML 1.2's core schema, without aliases."""

        yaml_implicit_resolvers: dict[str, list[Any]] = {}  # noqa: RUF012  as in its base

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
                said = "aliases (`*name`) are not known here; write it out"
                raise yaml.composer.ComposerError(None, None, said, mark)
            return super().compose_node(parent, index)

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            seen = set()
            for key, _ in node.value:
                if not isinstance(key, yaml.ScalarNode):
                    said = "a key is a word"
                    raise yaml.constructor.ConstructorError(None, None, said, key.start_mark)
                if key.value in seen:
                    said = f"`{key.value}` is there twice"
                    raise yaml.constructor.ConstructorError(None, None, said, key.start_mark)
                seen.add(key.value)
            return super().construct_mapping(node, deep)

    for tag, pattern, first in (
        ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
        ("int", r"[-+]?[0-9]+", "-+0123456789"),
        ("float", r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?", "-+0123456789."),
        ("null", r"~|null|Null|NULL|", "~nN\0"),
    ):
        letters = [*first.replace("\0", ""), *([""] if "\0" in first else [])]
        resolver = re.compile(f"^(?:{pattern})$")
        Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", resolver, letters)
    # `010` is ten: octal is written otherwise since YAML 1.2.
    Loader.add_constructor("tag:yaml.org,2002:int", lambda _, node: int(node.value))
    return Loader
