"""A verification as JSON: field names that stay, one plain sentence first."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from exchange.core.periods import in_zulu
from exchange.core.sentences import direction, permanence_words, sentence, sentences
from exchange.core.verification import Asked, Shown, Standing, Verdict, Verification


def as_document(one: Verification, language: str) -> dict[str, Any]:
    """Return the JSON object of a verification.

    Args:
        one: What was found.
        language: That of the first sentence; all languages follow in `sentences`.
    """
    return {
        "sentence": sentence(one, language),
        "lang": language,
        "dir": direction(language),
        "overall": one.overall.value,
        "code": one.code.value,
        "remedy": one.code.remedy,
        "because": list(one.because),
        "verdicts": [_verdict(verdict, language) for verdict in one.verdicts],
        "certificate": None if one.certificate is None else _certificate(one.certificate),
        "now": _standing(one.now, language),
        "then": _standing(one.then, language),
        "goods": [
            {
                "about": said.about,
                "covered": said.covered.value,
                "code": said.code.value,
                "message": said.message,
            }
            for said in one.goods
        ],
        "holder": None if one.holder is None else one.holder.value,
        "differences": [
            {"path": each.path, "before": each.before, "after": each.after}
            for each in one.differences
        ],
        "leads_to": one.leads_to,
        "choices": [{"issuer": each.issuer, "scheme": each.scheme} for each in one.choices],
        "removed": [digest.hex() for digest in one.removed],
        "held": [digest.hex() for digest in one.held],
        "notes": [{"code": note.value, "message": note.summary} for note in one.notes],
        "asked": _asked(one.asked),
        "content_digest": None if one.content_digest is None else one.content_digest.hex(),
        "verified_at": in_zulu(one.at),
        "hub": one.hub,
        "snapshot_id": one.snapshot_id,
        "sentences": sentences(one),
    }


def _verdict(verdict: Verdict, language: str) -> dict[str, Any]:
    lasting = verdict.permanence
    return {
        "question": verdict.question.value,
        "result": verdict.result.value,
        "code": verdict.code.value,
        "message": verdict.message,
        "remedy": verdict.code.remedy,
        "since": _instant(verdict.since),
        "permanence": None if lasting is None else lasting.value,
        "permanence_sentence": None if lasting is None else permanence_words(lasting, language),
        "evidence": [
            {"kind": one.kind.value, "value": one.value, "digest": one.digest or None}
            for one in verdict.evidence
        ],
    }


def _certificate(shown: Shown) -> dict[str, Any]:
    return {
        "issuer": shown.issuer,
        "certificate_number": shown.certificate_number,
        "scheme": shown.scheme,
        "revision": shown.revision,
        "issue_date": None if shown.issue_date is None else shown.issue_date.isoformat(),
        "expiry_date": None if shown.expiry_date is None else shown.expiry_date.isoformat(),
        "holder": list(shown.holder),
        "holder_economy": shown.holder_economy or None,
        "products": list(shown.products),
        "scope": list(shown.scope),
        "standards": list(shown.standards),
        "sites": list(shown.sites),
        "commercial": list(shown.commercial),
    }


def _standing(standing: Standing | None, language: str) -> dict[str, Any] | None:
    if standing is None:
        return None
    lasting = standing.permanence
    return {
        "status": standing.status.value,
        "at": in_zulu(standing.at),
        "since": _instant(standing.since),
        "until": None if standing.until is None else standing.until.isoformat(),
        "permanence": None if lasting is None else lasting.value,
        "permanence_sentence": None if lasting is None else permanence_words(lasting, language),
        "reasons": list(standing.reasons),
        "reduced": standing.is_reduced,
    }


def _asked(asked: Asked) -> dict[str, Any]:
    # The name that was typed is not repeated: an answer is shown to others.
    return {
        "number": asked.number or None,
        "issuer": asked.issuer,
        "scheme": asked.scheme or None,
        "on": None if asked.on is None else asked.on.isoformat(),
        "occasion": None if asked.occasion is None else asked.occasion.value,
        "economy": asked.economy,
        "model": asked.goods.model,
        "gtin": asked.goods.gtin,
        "hs": asked.goods.hs,
        "batch": asked.goods.batch,
        "factory": asked.goods.factory,
    }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else in_zulu(at)
