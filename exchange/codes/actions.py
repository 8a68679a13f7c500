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
    START_AHEAD = (
        "action.start-ahead",
        "a state of what is listed is to begin later than the change takes effect",
        "propose the change for that day, so that an emergency before it is not undone",
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
    MADE_AT = (
        "action.made-at",
        "the action was made too long before it came, or after it",
        "sign the action again now, with a clock that is right",
    )
    SPENT = (
        "action.spent",
        "this action was said before",
        "make a new action with an identifier of its own, if it shall be said again",
    )
    # What a proposal may hold.
    NO_CHANGE = (
        "action.no-change",
        "what is proposed stands already",
        "propose only what shall change",
    )
    TWICE = (
        "action.twice",
        "one proposal says two things about one body, person or list",
        "say in one change how it shall stand, or make two proposals one after the other",
    )
    BASE_OUTDATED = (
        "action.base-outdated",
        "the entry has changed since the proposal was made from it",
        "make the proposal again from the entry that is in force",
    )
    NO_LIST = (
        "action.no-list",
        "no list is published for the economy of the body",
        "have the operator's two open a list for the economy, in this proposal or before",
    )
    AUTHORITY_UNKNOWN = (
        "action.authority-unknown",
        "the body that an accreditation names is not listed as one that accredits",
        "have the accreditation body or designating authority admitted first",
    )
    PREDECESSOR_UNKNOWN = (
        "action.predecessor-unknown",
        "the body whose place is taken is not listed",
        "name a body that stands on a list, also one that has ended",
    )
    KEY_SIBLING = (
        "action.key-sibling",
        "another certificate of the same public key would stay granted",
        "stop every certificate of the key, since they share one private key",
    )
    LAST_SEAL = (
        "action.last-seal",
        "no key would be left with which the hub can seal the next action",
        "bring another receipt key of the hub that signs as long first, and end the old one then",
    )
    # Keys that arrive.
    ARRIVAL = (
        "action.arrival",
        "arriving keys and their proofs of possession do not fit each other",
        "send one proof for each key that is new in the entry, and for no other",
    )
    EVIDENCE_MISSING = (
        "action.evidence-missing",
        "nothing says who sent the key",
        "confirm the fingerprint over a second channel, and send letter and confirmation along",
    )
    EVIDENCE = (
        "action.evidence",
        "the evidence is not one for this key",
        "have an administrator confirm the fingerprint of the key that arrives",
    )
    KEY_OF_PERSON = (
        "action.key-of-person",
        "a key of a body is the own key of an administrator",
        "make a key of its own for the body, and another for the person",
    )
    # Persons.
    PERSON_BODY = (
        "action.person-body",
        "the person does not belong to a body that is listed",
        "enrol the person under a name of a listed body",
    )
    PERSON_CERTIFICATE = (
        "action.person-certificate",
        "the key certificate is not one that a person can act with",
        "make a key on curve P-256 or P-384 with `exchange keys person`",
    )
    PERSON_TWICE = (
        "action.person-twice",
        "the key or the identity document belongs to another person already",
        "enrol one human under one name with one key",
    )
    TOO_FEW_OFFICERS = (
        "action.too-few-officers",
        "the operator would have fewer than three trust officers",
        "replace an officer instead of removing one",
    )
    # Who decides.
    NOT_ENTITLED = (
        "action.not-entitled",
        "two officers of this body may not decide this",
        "see the table of who admits whom; have it proposed by two officers of the entitled body",
    )
    OUTSIDE_ACCREDITATION = (
        "action.outside-accreditation",
        "what is given lies outside the field of the authority that gives it",
        "narrow the scope, or have the operator's two widen the field of the authority first",
    )
    PERSON_ROLE = (
        "action.person-role",
        "the person may look on and not decide",
        "have a trust officer say it",
    )
    SAME_PERSON = (
        "action.same-person",
        "the approver is the proposer",
        "have the proposal approved by another trust officer of the same body",
    )
    PROPOSER_GONE = (
        "action.proposer-gone",
        "the proposer is not enrolled any more",
        "make the proposal again, by an officer who is enrolled",
    )
    PROPOSAL_UNKNOWN = (
        "action.proposal-unknown",
        "no such proposal was made at this hub",
        "name the proposal by the content digest of its sealed action",
    )
    PROPOSAL_DECIDED = (
        "action.proposal-decided",
        "the proposal was decided before",
        "see who decided it and when; make a new proposal for something else",
    )
    PROPOSAL_OUTDATED = (
        "action.proposal-outdated",
        "what the proposal was made from has changed since",
        "make the proposal again from the entry that is in force",
    )
    SHOWN_OUTDATED = (
        "action.shown-outdated",
        "what will change is not what was shown to the approver",
        "look at what will change now, and approve that",
    )
    SHRINKS = (
        "action.shrinks",
        "a list would lose all or a fifth of its granted keys or active bodies",
        "if that is meant, approve again with the second confirmation",
    )
    NOT_AWAITED = (
        "action.not-awaited",
        "the proposal does not wait for its partners",
        "let it take effect on its day",
    )
    SUBJECT = (
        "action.subject",
        "there is nothing that can be suspended so",
        "name a listed key, or a body that is active",
    )
    QUOTA = (
        "action.quota",
        "the person has used up today's emergency suspensions",
        "have another officer suspend it, or propose it to a second person",
    )
    # How it came.
    ORDER = (
        "action.order",
        "the action does not follow the one that stands before it",
        "verify an export whole; keep the clocks of all processes of the hub within five minutes",
    )
    HUB = (
        "action.hub",
        "the action is for another hub",
        "send it to the hub that it names",
    )
    SEAL = (
        "action.seal",
        "the action is not sealed by a receipt key that the hub had then",
        "have the hub seal it with its active receipt key",
    )
    FOUNDING = (
        "action.founding",
        "the founding does not found a hub",
        "hold the ceremony again with `exchange keys ceremony`",
    )
    RECEIVED_AT = (
        "action.received-at",
        "the instant of receipt is not the one at which the action was sealed",
        "compare the row with the sealed statement; one of them was changed",
    )
    ROOT = (
        "action.root",
        "the founding is not signed by the root that is pinned",
        "compare the fingerprint with the one that was read aloud at the ceremony",
    )
