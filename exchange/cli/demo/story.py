"""The story that the demonstration tells, step by step; the first that does not hold ends it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from exchange.cli.demo.administration import (
    arrive_late,
    bring_in_the_world,
    found,
    open_hub,
    open_partner_hub,
    prove_history,
    revoke,
    rotate,
)
from exchange.cli.demo.documents import (
    follow_receipts,
    introduce,
    issue_in_custody,
    prove,
    pull,
    refuse,
    repeat,
    sign_and_push,
)
from exchange.cli.demo.life import (
    declare,
    maintain,
    remove,
    restore,
    suspend,
    transfer,
    withdraw,
)
from exchange.cli.demo.scene import Story

STEPS: Final[tuple[Callable[[Story], None], ...]] = (
    open_hub,
    bring_in_the_world,
    introduce,
    open_partner_hub,
    sign_and_push,
    issue_in_custody,
    repeat,
    pull,
    follow_receipts,
    prove,
    refuse,
    declare,
    maintain,
    suspend,
    restore,
    transfer,
    withdraw,
    remove,
    rotate,
    arrive_late,
    revoke,
    prove_history,
)
"""The steps in the order in which they are told, after the founding."""

FOUNDING: Final = found
"""The step that makes the root, without which nobody could be told whom to pin."""
