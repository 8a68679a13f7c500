"""`exchange demo`: the whole road on this machine, in front of the reader's eyes."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from secrets import token_urlsafe
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console
from rich.panel import Panel

from exchange.cli.arguments import alone, epilog
from exchange.cli.demo.place import (
    choose_ports,
    clean,
    describe,
    make_checkpoint_key,
    world_alone,
    write_officers,
    write_settings,
)
from exchange.cli.demo.processes import Secrets, preload
from exchange.cli.demo.scene import Story
from exchange.cli.demo.story import FOUNDING, STEPS
from exchange.cli.demo.telling import NotHeldError, Teller
from exchange.cli.exits import ExitCode
from exchange.cli.vaults import VARIABLE
from exchange.service.demo_keys import demo_description

app = alone()


@app.command(
    help="""Show the whole road on this machine.

    Makes throw-away keys, founds a hub, starts it and a partner as processes of their own, and
    shows step by step how two persons decide whom to trust, how attestations are signed,
    submitted, delivered, acknowledged and proven, how a key is rotated and revoked, and what is
    refused. Everything stands in one folder that may be removed.
    """,
    epilog=epilog(
        "exchange demo",
        "exchange demo --once",
        codes=(ExitCode.DONE, ExitCode.MISUSE, ExitCode.FAULT),
    ),
)
def demo_command(
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Stop at the end instead of serving on.")
    ] = False,
    folder: Annotated[
        Path, typer.Option(file_okay=False, help="Where everything stands; made anew.")
    ] = Path("demo"),
) -> None:
    """Tell the story; the first step that does not hold ends it."""
    console = Console(highlight=False)
    for name in (signal.SIGTERM, signal.SIGINT):
        # Said aloud, because a shell that starts programs behind itself has them ignore it.
        signal.signal(name, _interrupt)
    started = time.monotonic()
    try:
        with ExitStack() as stack:
            story = _prepare(folder, Teller(console), stack)
            for step in STEPS:
                step(story)
            took = time.monotonic() - started
            console.print()
            console.print(
                Panel(f"all {story.teller.number} steps held, in {took:.0f} s", style="green")
            )
            if not once:
                _serve_on(story, console)
    except NotHeldError as error:
        console.print(Panel(f"did not hold: {error}", style="bold red"))
        raise typer.Exit(ExitCode.FAULT) from error


def _prepare(folder: Path, teller: Teller, stack: ExitStack) -> Story:
    """Make keys, the founding and settings, each with the command that people would use."""
    clean(folder)
    secrets = Secrets(vault=token_urlsafe(24), person=token_urlsafe(24), root=token_urlsafe(24))
    # One step asks the hub in this very process.
    os.environ[VARIABLE] = secrets.vault
    ports = choose_ports()
    world = describe(demo_description(), ports)
    (folder / "world.toml").write_text(world, encoding="utf-8")
    story = Story(folder=folder, secrets=secrets, root="", teller=teller, stack=stack)
    teller.step(
        "Keys",
        "Throw-away keys, one vault for each keeper. Each key proves that its keeper has it; "
        "what it may do is not decided here.",
    )
    teller.console.print(f"All commands are typed in the folder {folder}.\n", soft_wrap=True)
    preload()
    words = ["keys", "demo", "--out", "keys", "--description", "world.toml", "--administered"]
    story.type(words, quiet=True)
    make_checkpoint_key(folder, secrets.vault)
    (folder / "keys" / "world.toml").write_text(world_alone(world), encoding="utf-8")
    (folder / "people").mkdir()
    write_officers(folder)
    FOUNDING(story)
    write_settings(folder, ports, story.root)
    return story


def _serve_on(story: Story, console: Console) -> None:
    """Keep the hub serving until somebody ends it."""
    if story.hub is None:
        return
    sys.stdout.flush()
    console.print(f"the hub keeps serving partners at {story.hub.partners}", soft_wrap=True)
    console.print(f"and the public at {story.hub.public}, for instance:", soft_wrap=True)
    console.print(f"  curl --insecure {story.hub.public}/v1/checkpoint", soft_wrap=True)
    console.print("Ctrl-C ends it")
    try:
        code = story.hub.process.wait()
    except KeyboardInterrupt:
        console.print("\nended")
        return
    raise NotHeldError(f"the hub ended by itself with {code}")


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    """Treat the end of the session like Ctrl-C, so that the hubs are ended in order."""
    raise KeyboardInterrupt
