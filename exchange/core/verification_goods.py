"""Are these goods covered? Asked of the product lines of a certificate, after every reduction.

- Everything that was named has to fit one and the same product line: the model of one and the
  batch of another make no certificate.
- What the certificate does not say is *unknown*, never covered. One exception, from what a
  certificate of a series is: a line without batches covers every batch.
- A commodity code is a tree: 850440 is covered by 8504, and 8504 by 850440 is not known.
- A GTIN is read by its check digit first; 8, 12, 13 and 14 digits are the same number.

Source: GS1 General Specifications, section 7.9 (check digit), section 3.3 (filling up to 14).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from typing import Final

from exchange.codes import Code
from exchange.codes.verification import GoodsCode
from exchange.core.document.attestation import Attestation, Product
from exchange.core.identifiers import identifier_fault
from exchange.core.verification import Covered, Goods, GoodsAnswer

_GTIN_DIGITS: Final = 14
_ORDER: Final = {Covered.NOT_COVERED: 0, Covered.UNKNOWN: 1, Covered.COVERED: 2}


def answer_goods(
    document: Attestation, goods: Goods, parts: frozenset[str] | None = None
) -> tuple[GoodsAnswer, ...]:
    """Return for each thing that was named whether it is covered; the first is about all.

    Args:
        document: The revision that counts.
        goods: What somebody has before them; nothing named makes no answer.
        parts: What status changes have left of the scope; `None` where nothing was changed.
    """
    if not goods:
        return ()
    if not document.object.products:
        return (_said("goods", Covered.UNKNOWN, GoodsCode.NOT_GOODS),)
    fault = None if goods.gtin is None else identifier_fault("GTIN", goods.gtin.strip())
    if fault is not None:
        wrong = _said("gtin", Covered.NOT_COVERED, GoodsCode.GTIN_DIGIT, fault)
        return (_altogether((wrong,)), wrong)
    whole = tuple(_of_certificate(document, goods, parts))
    best: tuple[GoodsAnswer, ...] = ()
    for product in document.object.products:
        answers = (*_of_product(product, goods, parts), *whole)
        if not best or _weight(answers) > _weight(best):
            best = answers
    return (_altogether(best), *best)


def _weight(answers: tuple[GoodsAnswer, ...]) -> tuple[int, int, bool]:
    # A line that had the goods once says more about them than one that never had.
    return (
        min(_ORDER[one.covered] for one in answers),
        sum(_ORDER[one.covered] for one in answers),
        any(one.code is GoodsCode.REDUCED for one in answers),
    )


def _altogether(answers: tuple[GoodsAnswer, ...]) -> GoodsAnswer:
    worst = min(answers, key=lambda one: _ORDER[one.covered])
    return GoodsAnswer(about="goods", covered=worst.covered, code=worst.code, message=worst.message)


def _said(about: str, covered: Covered, code: Code, more: str = "") -> GoodsAnswer:
    message = f"{code.summary}: {more}" if more else code.summary
    return GoodsAnswer(about=about, covered=covered, code=code, message=message)


def _of_product(
    product: Product, goods: Goods, parts: frozenset[str] | None
) -> Iterator[GoodsAnswer]:
    """Yield what one product line says of the goods."""
    if goods.model is not None:
        yield _model(product, goods.model, parts)
    elif parts is not None and not _left(product, parts):
        yield _said("goods", Covered.NOT_COVERED, GoodsCode.REDUCED)
    if goods.gtin is not None:
        theirs = [one.value for one in product.ids if one.scheme == "GTIN"]
        yield _listed("gtin", goods.gtin, theirs, _gtin, GoodsCode.GTIN)
    if goods.hs is not None:
        yield _hs(product, goods.hs)
    if goods.batch is not None:
        if product.batch_ids:
            yield _listed("batch", goods.batch, product.batch_ids, _folded, GoodsCode.BATCH)
        else:
            yield _said("batch", Covered.COVERED, GoodsCode.COVERED, "all batches")
    elif product.batch_ids:
        yield _said(
            "batch", Covered.UNKNOWN, GoodsCode.BATCH, "name the batch to know whether it is one"
        )


def _names(product: Product) -> tuple[str, ...]:
    return product.models or product.specifications


def _left(product: Product, parts: frozenset[str]) -> bool:
    """Tell whether anything of a product line is left in the scope."""
    names = _names(product)
    return not names or any(f"product {name}" in parts for name in names)


def _model(product: Product, model: str, parts: frozenset[str] | None) -> GoodsAnswer:
    answer = _listed("model", model, _names(product), _folded, GoodsCode.MODEL)
    if answer.covered is not Covered.COVERED or parts is None:
        return answer
    left = {_folded(part.partition(" ")[2]) for part in parts if part.startswith("product ")}
    if _folded(model) in left:
        return answer
    return _said("model", Covered.NOT_COVERED, GoodsCode.REDUCED)


def _listed(
    about: str,
    wanted: str,
    listed: tuple[str, ...] | list[str],
    fold: Callable[[str], str],
    code: Code,
) -> GoodsAnswer:
    if not listed:
        return _said(about, Covered.UNKNOWN, GoodsCode.NOT_SAID)
    if fold(wanted) in {fold(one) for one in listed}:
        return _said(about, Covered.COVERED, GoodsCode.COVERED)
    return _said(about, Covered.NOT_COVERED, code)


def _hs(product: Product, hs: str) -> GoodsAnswer:
    wanted = "".join(hs.split()).replace(".", "")
    listed = [one.value for one in product.commodity_codes if one.list_id == "HS"]
    if not listed:
        return _said("hs", Covered.UNKNOWN, GoodsCode.NOT_SAID)
    if any(wanted.startswith(one) for one in listed):
        return _said("hs", Covered.COVERED, GoodsCode.COVERED)
    if any(one.startswith(wanted) for one in listed) and wanted:
        return _said("hs", Covered.UNKNOWN, GoodsCode.HS, "name all digits of the code")
    return _said("hs", Covered.NOT_COVERED, GoodsCode.HS)


def _of_certificate(
    document: Attestation, goods: Goods, parts: frozenset[str] | None
) -> Iterator[GoodsAnswer]:
    """Yield what the certificate as a whole says of the goods: where they may come from."""
    if goods.factory is None:
        return
    named: list[str] = []
    for path, party in document.parties():
        if "/Manufacturer" in path or "/Factory" in path:
            named += [one.text for one in party.names]
            named += [one.value for one in party.ids]
    gone: list[str] = []
    for site in document.sites:
        words = [site.site_id, *(one.text for one in site.names), *filter(None, [site.gln])]
        kept = parts is None or f"site {site.site_id}" in parts
        (named if kept else gone).extend(words)
    if _folded(goods.factory) in {_folded(one) for one in gone}:
        yield _said("factory", Covered.NOT_COVERED, GoodsCode.REDUCED)
    else:
        yield _listed("factory", goods.factory, named, _folded, GoodsCode.FACTORY)


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _gtin(value: str) -> str:
    return value.strip().rjust(_GTIN_DIGITS, "0")
