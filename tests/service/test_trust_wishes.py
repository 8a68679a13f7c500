"""What an officer wants becomes whole entries, and nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from exchange.core.actions.entries import entry_digest
from exchange.core.actions.values import AdministratorRole, BodyChange, Channel, ListChange
from exchange.core.competence import AccreditationState, Scope
from exchange.core.model import BodyRole, KeyRole
from exchange.core.trust_values import Body, BodyState, KeyStatus
from exchange.errors import SettingsError
from exchange.service import redraft
from exchange.service.arrivals import DescribedEvidence, read_evidence, read_proof, write_proof
from exchange.service.enrolment import read_enrolment
from exchange.service.redraft import SHORTEST_BEGINNING
from exchange.service.trust_wishes import Drafting, Listed, read_wishes
from tests.founded import CB, CNAS, accreditation, bring, make_body, make_evidence
from tests.world import START

FRIDAY = START + timedelta(days=5)
OLD = bring(CB)
NEW = bring(CB, seed="2027")
BODY = make_body(
    CB,
    BodyRole.CERTIFICATION_BODY,
    keys=(OLD.entry, bring(CB, KeyRole.STATUS).entry),
    accreditations=(accreditation(CNAS),),
)


def drafting(*bodies: Body) -> Drafting:
    """Return a draft over entries as they stand."""
    listed = {one.id: Listed(body=one, digest=entry_digest(one)) for one in (bodies or (BODY,))}
    return Drafting(at=START + timedelta(hours=1), listed=listed)


def files(**given: bytes) -> Callable[[str], bytes]:
    """Return files beside a text, by name with dots for underscores."""
    return lambda name: given[name.replace(".", "_").replace("-", "_")]


def test_a_rotation_keeps_role_scope_and_custody_of_the_old_key() -> None:
    new = redraft.successor_of(OLD.entry, NEW.entry.certificate, begins=FRIDAY)
    body = redraft.rotated(
        BODY, OLD.entry, new, signs_until=FRIDAY, accepted_until=FRIDAY + timedelta(days=9)
    )
    old = redraft.find_key(body, OLD.entry.fingerprint.hex())
    assert (old.signs_until, old.accepted_until) == (FRIDAY, FRIDAY + timedelta(days=9))
    assert (new.role, new.scope, new.custody) == (old.role, old.scope, old.custody)
    assert new.periods[0].not_before == FRIDAY
    assert new.signs_until == NEW.entry.certificate.not_after


@pytest.mark.parametrize("status", [KeyStatus.SUSPENDED, KeyStatus.REVOKED, KeyStatus.WITHDRAWN])
def test_a_key_is_marked_from_an_instant_on(status: KeyStatus) -> None:
    body = redraft.marked(BODY, OLD.entry, status, FRIDAY)
    key = body.keys[0]
    assert key.status is status
    assert key.status_at(FRIDAY - timedelta(seconds=1)) is KeyStatus.GRANTED


def test_a_body_is_renamed_scoped_anew_followed_and_ended() -> None:
    body = redraft.renamed(BODY, {"en": "Another name"})
    body = redraft.rescoped(body, body.keys[0], Scope())
    body = redraft.succeeding(body, CNAS)
    body = redraft.standing(body, BodyState.ENDED, FRIDAY)
    assert body.names["en"] == "Another name"
    assert body.keys[0].scope.is_empty
    assert body.predecessors == {CNAS}
    assert body.state_at(FRIDAY) is BodyState.ENDED


def test_an_accreditation_takes_the_place_of_that_with_its_number() -> None:
    changed = replace(accreditation(CNAS), standard="ISO/IEC 17065")
    assert redraft.accredited(BODY, changed).accreditations == (changed,)
    another = accreditation(CNAS, "C2")
    assert redraft.accredited(BODY, another).accreditations == (accreditation(CNAS), another)
    suspended = redraft.reaccredited(BODY, "C1", AccreditationState.SUSPENDED, date(2026, 12, 1))
    (one,) = suspended.accreditations
    assert one.state_on(date(2026, 12, 1)) is AccreditationState.SUSPENDED
    assert one.state_on(date(2026, 11, 30)) is AccreditationState.ACTIVE


@pytest.mark.parametrize(
    ("verb", "said"),
    [
        (lambda: redraft.find_key(BODY, "0" * 64), "found no key"),
        (lambda: redraft.find_key(BODY, "00"), f"at least {SHORTEST_BEGINNING} digits"),
        (lambda: redraft.only_key(BODY, KeyRole.RECEIPT, START), "found 0"),
        (lambda: redraft.admitted(BODY, OLD.entry), "is on the entry already"),
        (lambda: redraft.succeeding(BODY, CB), "found itself"),
        (
            lambda: redraft.reaccredited(BODY, "X", AccreditationState.ACTIVE, date.min),
            "it has C1",
        ),
    ],
    ids=["unknown", "too short", "no role", "twice", "itself", "no such accreditation"],
)
def test_a_verb_that_makes_no_sense_says_why(verb: Callable[[], object], said: str) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        verb()
    assert caught.value.code.value == "settings.change"


def test_several_wishes_about_one_body_add_up_to_one_change() -> None:
    draft = drafting()
    body, key = draft.key(f"{CB}/attestation")
    draft.stand(redraft.marked(body, key, KeyStatus.REVOKED, FRIDAY))
    draft.change(CB, lambda one: redraft.renamed(one, {"en": "Another name"}))
    (change,) = draft.changes({})
    assert isinstance(change, BodyChange)
    assert change.base == entry_digest(BODY)
    assert change.body.keys[0].status is KeyStatus.REVOKED
    assert change.body.names["en"] == "Another name"


def test_a_key_that_arrives_brings_its_proof_and_evidence() -> None:
    draft = drafting()
    draft.change(CB, lambda one: redraft.admitted(one, NEW.entry))
    proofs = {NEW.entry.fingerprint: NEW.arrival.proof}
    other = DescribedEvidence(
        evidence=make_evidence(), fingerprints=frozenset({OLD.entry.fingerprint})
    )
    (change,) = draft.changes(proofs, [other])
    assert isinstance(change, BodyChange)
    assert change.arrivals == (replace(NEW.arrival, evidence=None),)
    everybody = DescribedEvidence(evidence=make_evidence(), fingerprints=frozenset())
    (change,) = draft.changes(proofs, [other, everybody])
    assert isinstance(change, BodyChange)
    assert change.arrivals[0].evidence == make_evidence()


def test_every_key_without_proof_is_named() -> None:
    draft = drafting(replace(BODY, keys=()))
    draft.stand(BODY)
    with pytest.raises(SettingsError) as caught:
        draft.changes({})
    assert [one.path for one in caught.value.findings] == [f"{CB}/attestation", f"{CB}/status"]


def test_what_stands_already_is_no_wish() -> None:
    draft = drafting()
    draft.stand(BODY)
    with pytest.raises(SettingsError, match="stands as it is wanted"):
        draft.changes({})


def test_a_key_is_named_by_its_body_and_role_or_by_its_fingerprint() -> None:
    draft = drafting()
    assert draft.key(f"{CB}/attestation") == (BODY, OLD.entry)
    assert draft.key(OLD.entry.fingerprint.hex()[:8]) == (BODY, OLD.entry)
    for name in (f"{CB}/letters", "ZZ-CB-0000/status", "deadbeef"):
        with pytest.raises(SettingsError):
            draft.key(name)


LIST = """
[[lists]]
territory = "CN"
names = { en = "Operator" }
scheme-names = { en = "List" }
place = { street = "1", locality = "2", economy = "CN", contact = "mailto:a@b.example", \
information = "https://b.example/" }
"""
ACCREDITED = f"""
[[accreditations]]
body = "{CB}"
authority = "{CNAS}"
number = "C2"
standard = "ISO/IEC 17021-1"
schemes = ["urn:mrhub:scheme:management-systems"]
scope-codes = ["IAF-ID1:3"]
valid-from = 2026-01-01
"""


def test_a_file_of_wishes_is_lists_bodies_accreditations_and_persons() -> None:
    wishes = read_wishes(LIST + ACCREDITED, "wishes.toml", files())
    draft = drafting()
    draft.take(wishes)
    opened, changed = draft.changes({})
    assert isinstance(opened, ListChange)
    assert isinstance(changed, BodyChange)
    assert [one.number for one in changed.body.accreditations] == ["C1", "C2"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "wishes.toml"),
        ("bodies = 1", "wishes.toml.bodies"),
        ("[[wishes]]", "wishes.toml.wishes"),
        ("[", "wishes.toml"),
        (LIST + "signr = 1", "wishes.toml.lists[0].signr"),
        ('[[bodies]]\nid = "CN-CB-0103"', "wishes.toml.bodies[0].since"),
    ],
)
def test_a_file_with_a_fault_names_its_place(text: str, place: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_wishes(text, "wishes.toml", files())
    assert caught.value.findings[0].path == place


def test_a_proof_is_read_as_it_was_written() -> None:
    fingerprint, proof = NEW.entry.fingerprint, NEW.arrival.proof
    assert read_proof(write_proof(fingerprint, proof), "proof.toml") == (fingerprint, proof)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("fingerprint =", "finger ="),
        ('fingerprint = "', 'fingerprint = "00'),
        ('value = "', 'value = "!'),
        ("made-at = 2026", 'made-at = "2026'),
        ("Z\n", "\n"),
    ],
)
def test_a_proof_with_a_fault_is_told(old: str, new: str) -> None:
    text = write_proof(NEW.entry.fingerprint, NEW.arrival.proof).replace(old, new, 1)
    with pytest.raises(SettingsError):
        read_proof(text, "proof.toml")


EVIDENCE = """
document = "letter.pdf"
title = "Letter 2026/118"
sent-by = "Office of signatures"
confirmed-by = "XX-HUB-01/li-wei"
confirmed-with = "Zhang Min"
confirmed-at = 2026-11-22T11:30:00+08:00
channel = "telephone"
"""


def test_evidence_names_the_letter_by_its_digest() -> None:
    described = read_evidence(EVIDENCE, "evidence.toml", files(letter_pdf=b"the letter"))
    assert described.evidence.document == sha256(b"the letter").digest()
    assert described.evidence.channel is Channel.TELEPHONE
    assert described.evidence.confirmed_at.isoformat() == "2026-11-22T03:30:00+00:00"
    assert described.fingerprints == frozenset()
    digest = EVIDENCE.replace("letter.pdf", "ab" * 32)
    named = f'{digest}fingerprints = ["{OLD.entry.fingerprint.hex()}"]\n'
    described = read_evidence(named, "evidence.toml", files())
    assert described.evidence.document == bytes.fromhex("ab" * 32)
    assert described.fingerprints == {OLD.entry.fingerprint}


@pytest.mark.parametrize(
    ("old", "new"),
    [("telephone", "rumour"), ("title", "titel"), ("+08:00", ""), ("EOF", "")],
)
def test_evidence_with_a_fault_is_told(old: str, new: str) -> None:
    text = EVIDENCE.replace(old, new, 1) if old != "EOF" else "["
    with pytest.raises(SettingsError):
        read_evidence(text, "evidence.toml", files(letter_pdf=b""))


def test_persons_are_enrolled_from_a_file() -> None:
    pem = x509.load_der_x509_certificate(OLD.entry.certificate.der).public_bytes(Encoding.PEM)
    text = """
    [[administrators]]
    person = "CN-AB-CNAS/zhang-min"
    name = "张敏"
    certificate = "zhang.pem"
    identity = "passport.pdf"
    replaces = "CN-AB-CNAS/wang-li"
    """
    read_file = files(zhang_pem=pem, passport_pdf=b"passport")
    (change,) = read_enrolment(text, "persons.toml", read_file)
    one = change.administrator
    assert (one.body, one.role) == (CNAS, AdministratorRole.TRUST_OFFICER)
    assert one.identity == sha256(b"passport").digest()
    assert (change.replaces, change.removed) == ("CN-AB-CNAS/wang-li", False)
    for wrong in (text.replace("name", "nam"), text.replace("zhang.pem", "passport.pdf"), "", "["):
        with pytest.raises(SettingsError):
            read_enrolment(wrong, "persons.toml", read_file)
