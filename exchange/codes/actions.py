"""Codes of administrators' actions: who may change trust, and what a change may be."""

from __future__ import annotations

from exchange.codes import Code


class ActionCode(Code):
    """Why an action does not count."""

    # Who says it.
    PERSON_MISSING = (
        "action.person-missing",
        "the action carries no signature of a person",
        "sign the action with the administrator's own key",
    )
    PERSON_UNKNOWN = (
        "action.person-unknown",
        "the person is not enrolled at this hub, or no longer",
        "have two trust officers enrol the person, or act as one who is enrolled",
    )
    PERSON_KEY = (
        "action.person-key",
        "the key is not the one with which the person is enrolled",
        "sign with the key certificate that was enrolled, or have the new one enrolled",
    )
    PERSON_SIGNATURE = (
        "action.person-signature",
        "the person's signature does not cover this word",
        "sign the action again exactly as it is sent",
    )
    POSSESSION = (
        "action.possession",
        "the proof of possession is not one by this key for this body and purpose",
        "make the proof with the arriving key itself, for this hub, body and role",
    )
    # What an entry may become.
    BODY_NEW_STATE = (
        "action.body-new-state",
        "a body that is new does not begin active",
        "propose the body as active; suspend or end it afterwards",
    )
    BODY_MOVE = (
        "action.body-move",
        "a body in its state cannot move to the one that is proposed",
        "see the table of states; a body that has ended never begins again",
    )
    BODY_FIXED = (
        "action.body-fixed",
        "the economy of a body never changes",
        "end the body and admit its successor under the other economy",
    )
    ACCREDITATION_MOVE = (
        "action.accreditation-move",
        "an accreditation in its state cannot move to the one that is proposed",
        "see the table of states; what was withdrawn is granted again under another number",
    )
    ACCREDITATION_DROPPED = (
        "action.accreditation-dropped",
        "an accreditation of the body is missing from the proposed entry",
        "leave it in the entry and withdraw it, so that its history stays",
    )
    KEY_DROPPED = (
        "action.key-dropped",
        "a key of the body is missing from the proposed entry",
        "leave it in the entry and retire or revoke it, so that its history stays",
    )
    KEY_FIXED = (
        "action.key-fixed",
        "role, custody and body of a listed key never change",
        "bring another key for the other role or custody",
    )
    KEY_MOVE = (
        "action.key-move",
        "a key in its state cannot move to the one that is proposed",
        "see the table of states in the README",
    )
    KEY_NEW_STATE = (
        "action.key-new-state",
        "a key that arrives is not proposed as granted",
        "propose the key as granted from the day on which it shall sign",
    )
    CUSTODY_FORBIDDEN = (
        "action.custody-forbidden",
        "the body forbids that its keys are kept by a hub",
        "keep the private key at the body, or have the body allow the custody first",
    )
    # How it is written.
    UNREADABLE = (
        "action.unreadable",
        "a part of the action cannot be what it should stand for",
        "mend the entry or key certificate that the message names, and sign the action again",
    )
    SPELLING = (
        "action.spelling",
        "the word is not written in the one way in which its digest is made",
        "write the action with this software, or exactly as the schema's README says",
    )
    FOUND_AGAIN = (
        "action.found-again",
        "trust is founded once, at the ceremony",
        "propose a change; only the first action of a hub founds",
    )
