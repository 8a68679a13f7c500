"""`exchange generate`: a register of any size, for trying out and for measuring."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import structlog
import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from exchange.cli.arguments import alone, epilog
from exchange.service.generate import SimulatedClock, generate
from exchange.service.generate_documents import Maker, Plan
from exchange.service.generate_world import make_world
from exchange.service.hub import Hub
from exchange.settings import Settings

app = alone()


@app.command(
    "generate",
    help="""Make a register of any size, with real signatures, from a seed.

    Certificates of every scheme, made of the good samples and varied: holders, numbers, goods,
    days and statuses. All of them walk the road of every document. The same seed gives the same
    documents. What was stopped goes on when it is started again.
    """,
    epilog=epilog(
        "exchange generate --size 20000 --enterprises 7000 --seed 7 --data-dir made",
        "exchange generate --size 1700000 --enterprises 600000 --seed 7 --data-dir made",
        "exchange serve made/hub.toml",
    ),
)
def generate_command(
    *,
    size: Annotated[int, typer.Option(min=1, max=10_000_000, help="Certificates.")],
    enterprises: Annotated[int, typer.Option(min=1, max=10_000_000, help="Holders.")],
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1, help="What everything follows from.")],
    data_dir: Annotated[
        Path, typer.Option(metavar="FOLDER", file_okay=False, help="Where everything goes.")
    ],
    store_url: Annotated[
        str, typer.Option(metavar="URL", help="Another database, such as postgresql://….")
    ] = "",
    workers: Annotated[int, typer.Option(min=0, max=64, help="Processes that examine.")] = 1,
) -> None:
    """Make what is missing, and say how it goes."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    plan = Plan(size=size, enterprises=enterprises, seed=seed)
    asyncio.run(_generate(plan, data_dir.absolute(), store_url, workers))


async def _generate(plan: Plan, folder: Path, store_url: str, workers: int) -> None:
    console = Console(stderr=True)
    with console.status("keys, lists and templates"):
        settings = await make_world(
            folder,
            seed=plan.seed,
            size=plan.size,
            enterprises=plan.enterprises,
            store_url=store_url,
            workers=workers,
        )
    await _run(plan, settings, console)


async def _run(plan: Plan, settings: Settings, console: Console) -> None:
    clock = SimulatedClock()
    async with Hub.open(settings, clock=clock) as hub:
        with console.status("templates"):
            maker = Maker(plan, hub.snapshot)
        bar = Progress(
            TextColumn("certificates"),
            BarColumn(),
            MofNCompleteColumn(),
            TaskProgressColumn(show_speed=True),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=console,
        )
        documents = 0
        with bar:
            task = bar.add_task("", total=plan.size, rate="")
            async for made in generate(hub, maker, plan, clock):
                documents = made.documents
                if documents % 200 == 0 or made.certificates == made.of:
                    speed = bar.tasks[0].speed
                    rate = "" if speed is None else f"{speed:.0f}/s"
                    bar.update(task, completed=made.certificates, rate=rate)
        figures = await hub.store.statistics()
    said = Console(highlight=False, soft_wrap=True)
    said.print(
        f"{plan.size} certificates, {documents} documents, "
        f"{figures.bytes_on_disk / plan.size:.0f} octets on disk for each certificate"
    )
    number = quote(_some_number(maker), safe="")
    said.print(
        f"exchange serve {settings.data_dir / 'hub.toml'}\n"
        f"curl -k https://127.0.0.1:{settings.public_port}/v1/certificates/{number}/verification\n"
        f"curl -k 'https://127.0.0.1:{settings.public_port}/v1/certificates?q=ISO+9001'\n"
        f"exchange certificate verify {number} --hub https://127.0.0.1:{settings.public_port} "
        f"--trust-list {settings.trust_dir} --root {settings.trust_pins[0]}",
        markup=False,
    )


def _some_number(maker: Maker) -> str:
    """Return the number of the first certificate."""
    found = re.search(rb"<CertificateNumber>([^<]+)<", next(maker.certificate(0)))
    return "" if found is None else found[1].decode()
