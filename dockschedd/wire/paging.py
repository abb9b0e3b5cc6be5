"""The type of page sizes on the wire."""

from __future__ import annotations

from typing import Annotated

import msgspec

from dockschedd.wire.paths import LARGEST_PAGE

#: How many items a page has at most.
Limit = Annotated[int, msgspec.Meta(ge=1, le=LARGEST_PAGE)]
#: How many instants of a preview.
Count = Annotated[int, msgspec.Meta(ge=1, le=1000)]
