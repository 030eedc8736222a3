"""Standard invoices a second, beside a plain fpdf2 loop that prints the same texts, in one run.

    python tests/bench/bench_invoices.py [--documents 300] [--memory 1000]

On one core: plain fpdf2 (both fonts added to each document from their files, `table()`), the same with fonts that were
subset beforehand, and ours; then ours in two processes; then how memory grows while ours draws `--memory` documents.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    sys.path.insert(0, str(Path(__file__).parents[1] / "invoices"))

from documents import assets, document
from fontTools import subset
from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.fonts import FontFace

from bmtui.invoices import fonts, rendering
from bmtui.invoices.content import Content, content_of
from bmtui.invoices.model import Assets, Document

MARKETS = ("fr-fr", "de-de", "el-gr", "sv-se", "es-es")
PLAIN_SHARE = 10
"""Divisor of the count of documents that the plain loops draw, because they are slower."""


def work(count: int) -> list[tuple[Document, Assets]]:
    """Return `count` documents, each with a number of its own."""
    usual = [(document(market, style="standard"), assets(market)) for market in MARKETS]
    return [
        (replace(made, number=f"{made.number}-{number}"), has)
        for number in range(count)
        for made, has in (usual[number % len(usual)],)
    ]


def ours(documents: Iterable[tuple[Document, Assets]]) -> int:
    """Draw the documents with bmtui; return the total number of bytes."""
    return sum(len(rendering.standard(made, has)) for made, has in documents)


def plain(documents: Iterable[tuple[Document, Assets]], files: dict[str, Path]) -> int:
    """The same contents as fpdf2's documentation would have it written."""
    return sum(len(_plain(content_of(made, has.words), files)) for made, has in documents)


def _plain(content: Content, files: dict[str, Path]) -> bytes:
    pdf = FPDF()
    for style, file in files.items():
        pdf.add_font("DejaVu", style, str(file))
    pdf.add_page()
    pdf.set_font("DejaVu", "B", 17)
    pdf.cell(text=content.title, new_x="LMARGIN", new_y="NEXT")
    pdf.set_font("DejaVu", "", 9)
    for label, value in content.facts:
        pdf.cell(text=f"{label} {value}", new_x="LMARGIN", new_y="NEXT")
    for text in (*content.seller, *content.buyer):
        pdf.cell(text=text, new_x="LMARGIN", new_y="NEXT")
    with pdf.table(headings_style=FontFace(emphasis="BOLD")) as table:
        table.row(content.headings)
        for row in content.rows:
            table.row(("\n".join((row.text, *row.details)), *row.cells))
    for text in (*content.total, *content.notes, *content.mentions, content.footer):
        pdf.multi_cell(0, text=text, new_x="LMARGIN", new_y="NEXT")
    return bytes(pdf.output())


def subset_files(folder: Path) -> dict[str, Path]:
    """The fonts with the everyday characters alone."""
    files = {}
    for style in ("", "B"):
        font = TTFont(fonts.font_file(style))
        cut = subset.Subsetter(subset.Options(drop_tables=["FFTM"]))
        cut.populate(unicodes=fonts.EVERYDAY)
        cut.subset(font)
        files[style] = folder / f"subset{style}.ttf"
        font.save(files[style])
    return files


def rate(count: int, function: Callable[[], object]) -> float:
    """Documents a second."""
    began = time.perf_counter()
    function()
    return count / (time.perf_counter() - began)


def _share(count: int) -> int:
    return ours(work(count))


def two_processes(count: int) -> float:
    """Documents a second of two processes that are warm."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        list(pool.map(_share, (5, 5)))
        return rate(count, lambda: list(pool.map(_share, (count // 2, count - count // 2))))


def memory_kb(count: int) -> tuple[int, int]:
    """The most memory, in kB, after a tenth and after all of `count` documents."""
    documents = work(count)
    ours(documents[: count // 10])
    early = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ours(documents[count // 10 :])
    return early, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def bench(count: int, memory: int) -> list[str]:
    """Run the bench and return the lines of its table."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    documents = work(count)
    few = documents[: max(count // PLAIN_SHARE, 2)]
    full = {style: fonts.font_file(style) for style in ("", "B")}
    # Who comes first pays for imports, and ours for its fonts: once a process.
    ours(documents[:1])
    plain(documents[:1], full)
    with TemporaryDirectory() as folder:
        cut = subset_files(Path(folder))
        plain_rate = rate(len(few), lambda: plain(few, full))
        cut_rate = rate(len(few), lambda: plain(few, cut))
        our_rate = rate(count, lambda: ours(documents))
    before, after = memory_kb(memory)
    os.sched_setaffinity(0, cores)
    pair = two_processes(count)
    return [
        f"{'way':44} {'a second':>9} {'× plain':>8}",
        f"{'fpdf2, full fonts, table()':44} {plain_rate:9.1f} {1:8.2f}",
        f"{'fpdf2, fonts subset beforehand, table()':44} {cut_rate:9.1f} {cut_rate / plain_rate:8.2f}",
        f"{'bmtui, Standard invoice':44} {our_rate:9.1f} {our_rate / plain_rate:8.2f}",
        f"{'bmtui, two processes':44} {pair:9.1f} {pair / plain_rate:8.2f}  ({pair / our_rate:.2f} × one)",
        f"memory: {before:,} kB after {memory // 10:,} documents, {after:,} kB after {memory:,}",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--documents", type=int, default=300)
    parser.add_argument("--memory", type=int, default=1_000)
    arguments = parser.parse_args()
    print("\n".join(bench(arguments.documents, arguments.memory)))


if __name__ == "__main__":
    main()
