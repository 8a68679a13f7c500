"""Codes of trust: what a list can have wrong with it, and gate 4."""

from __future__ import annotations

from exchange.codes import Code


class TrustCode(Code):
    """Lists that are not believed, and keys that are not entitled."""

    # Gate 4: the key is not entitled to say this.
    NO_LIST = (
        "trust.no-list",
        "no trust list is in force here, so no key is trusted",
        "the operator loads the signed trust lists before documents are examined",
    )
    KEY_UNKNOWN = (
        "trust.key-unknown",
        "the key certificate is on no trust list",
        "sign with a listed key, or have the key brought onto the list of its economy",
    )
    KEY_OF_ANOTHER_BODY = (
        "trust.key-of-another-body",
        "the issuer named in the document is not the body that the key is listed for",
        "name the body that signs as the issuer, or sign with a key of the issuer",
    )
    KEY_ROLE = (
        "trust.key-role",
        "the key is listed for another purpose than this kind of document",
        "sign with the key of the body that is listed for this kind of document",
    )
    BODY_ROLE = (
        "trust.body-role",
        "a body of this role does not issue this kind of document",
        "have the document issued by a body that is listed with the right role",
    )
    BODY_NOT_ACTIVE = (
        "trust.body-not-active",
        "the body was not active when the document is known to have existed",
        "ask the trust officer of the body's economy about its state",
    )
    KEY_NOT_YET_GRANTED = (
        "trust.key-not-yet-granted",
        "the key was not yet granted when the document is known to have existed",
        "send the document again after the key's status has begun",
    )
    KEY_WITHDRAWN = (
        "trust.key-withdrawn",
        "the key had been withdrawn when the document is known to have existed",
        "sign the document again with a key that is granted",
    )
    KEY_SUSPENDED = (
        "trust.key-suspended",
        "the key was suspended when the document is known to have existed",
        "wait until the suspension is lifted, or sign again with another granted key",
    )
    KEY_REVOKED = (
        "trust.key-revoked",
        "the key had been revoked when the document is known to have existed",
        "sign the document again with a key that is granted",
    )
    SIGNED_IN_FUTURE = (
        "trust.signed-in-future",
        "the claimed signing time is later than the proof time allows",
        "set the clock of the signing system and sign again",
    )
    SIGNED_OUTSIDE_PERIOD = (
        "trust.signed-outside-period",
        "the claimed signing time lies outside the period in which the key signs",
        "sign again inside the key's period, or with the key that followed it",
    )
    NO_LONGER_ACCEPTED = (
        "trust.no-longer-accepted",
        "the document became known after the key's last day of acceptance",
        "sign the document again with the key that followed",
    )
    CUSTODY_FORBIDDEN = (
        "trust.custody-forbidden",
        "the body forbids that a hub keeps its keys, and this key is kept by one",
        "sign with a key that the body keeps itself",
    )
    KEY_OUT_OF_SCOPE = (
        "trust.key-out-of-scope",
        "the key is not listed for what the document is about",
        "sign with a key whose scope covers it, or have the scope on the list extended",
    )

    # Undecided: come back later.
    LIST_EXPIRED = (
        "trust.list-expired",
        "the trust list is past its next update, so nothing can be decided from it",
        "fetch the current list and examine the document again",
    )

    # A list that is not believed.
    LIST_KIND = (
        "trust.list-kind",
        "the document is not a trust list",
        "give the signed trust list of an economy or the list of lists",
    )
    LIST_ROLLBACK = (
        "trust.list-rollback",
        "the list is older than the one accepted before, or differs under the same number",
        "fetch the newest list; if this is the newest, ask its operator what happened",
    )
    LIST_SIGNER = (
        "trust.list-signer",
        "the list is signed by a key that is neither pinned nor announced",
        "compare the fingerprint of the list key over a second channel",
    )
    LIST_FROM_FUTURE = (
        "trust.list-from-future",
        "the list says that it is issued in the future",
        "check the clocks on both sides and fetch the list again",
    )
    LIST_LONG_LIVED = (
        "trust.list-long-lived",
        "more than six months lie between the issue of the list and its next update",
        "the operator of the list issues it more often",
    )
    LIST_EMPTY = (
        "trust.list-empty",
        "the list names nobody, which means that nobody is trusted",
        "the operator of the list publishes it with its entries",
    )
    LIST_SHRINKS = (
        "trust.list-shrinks",
        "a list would lose all or a fifth of its granted keys or active bodies",
        "look at what is missing from it; if that is meant, confirm it a second time",
    )
    LIST_NOT_NAMED = (
        "trust.list-not-named",
        "no list of lists in force names this list",
        "add the list to the list of lists, or pin its signer directly",
    )
    LIST_READS_OTHERWISE = (
        "trust.list-reads-otherwise",
        "what a reader sees in the list is not what was meant, so it was not published",
        "tell the makers of the hub which entry differs; the list before stays in force",
    )
    DELEGATION_TARGET = (
        "trust.delegation-target",
        "a delegation names something else than one list of lists under another key than its own",
        "make the delegation again at the ceremony, for the key that signs the list of lists",
    )
    DELEGATION_LONG = (
        "trust.delegation-long",
        "a delegation lasts longer than 90 days",
        "renew the delegation at the ceremony at least every 90 days",
    )
    ROOT_SIGNS_LIST = (
        "trust.root-signs-list",
        "a list is signed by the root, which only delegates",
        "sign lists with the on-line list key, and keep the root off line",
    )
    LIST_VERSION = (
        "trust.list-version",
        "the version identifier of the list is not one that we read",
        "publish the list in the form of ETSI TS 119 612 v2.4.1",
    )
    POINTER_SIGNERS = (
        "trust.pointer-signers",
        "a pointer does not name the signer certificates of the list it points to",
        "name the signers in the pointer and publish the list of lists again",
    )
    POINTER_LOOP = (
        "trust.pointer-loop",
        "the pointers between the lists form a loop",
        "point from the list of lists to the lists of the economies only",
    )
    DUPLICATE_POINTER = (
        "trust.duplicate-pointer",
        "two pointers name the same list",
        "keep one pointer for each list",
    )
    DUPLICATE_BODY = (
        "trust.duplicate-body",
        "the same body id stands on the lists twice",
        "keep one entry for each body, on the list of its own economy",
    )
    BODY_ECONOMY = (
        "trust.body-economy",
        "the economy of a body does not fit its id, or its list, or is none",
        "list the body in its own economy under an id that begins with its code",
    )
    BODY_TIME_ZONE = (
        "trust.body-time-zone",
        "the time zone of a body is not an IANA name",
        "give a name such as Asia/Shanghai",
    )
    ENTRY_TEXT = (
        "trust.entry-text",
        "a text of an entry has characters that no list can hold",
        "write names, numbers and addresses without control characters",
    )
    HISTORY_ORDER = (
        "trust.history-order",
        "a status history is not newest first without overlap",
        "order the history by its starting times, newest first",
    )
    HISTORY_IDENTITY = (
        "trust.history-identity",
        "a history instance names another key than the entry it belongs to",
        "keep the history of each key under the key itself",
    )
    KEY_SHARED = (
        "trust.key-shared",
        "one key stands on the lists for two bodies or for two roles",
        "give each body and each role a key of its own",
    )
    KEY_CERTIFICATE = (
        "trust.key-certificate",
        "a key certificate on the list cannot be read or can never work",
        "list a readable end-entity certificate with an allowed key",
    )
    KEY_PATH = (
        "trust.key-path",
        "the certification authorities of a key do not lead from one to the next",
        "list the authorities in order, the issuer of the key certificate first",
    )
    KEY_SERVICE_TYPE = (
        "trust.key-service-type",
        "the service type of a key does not fit the role in its extension",
        "use the service type of the role",
    )
    KEY_PERIOD = (
        "trust.key-period",
        "the periods of a key contradict each other",
        "let the key be accepted at least as long as it signs, and sign after it was granted",
    )
    SCOPE_BEYOND_ACCREDITATION = (
        "trust.scope-beyond-accreditation",
        "the scope of a key reaches beyond the accreditations of its body",
        "narrow the scope of the key, or list the accreditation that covers it",
    )
    KEY_DISAPPEARED = (
        "trust.key-disappeared",
        "a key of the previous list is missing before its history may end",
        "keep withdrawn keys on the list with their history",
    )
    CAPABILITY_UNKNOWN = (
        "trust.capability-unknown",
        "a body declares that it takes a document that no registered schema describes",
        "declare registered schema namespaces only",
    )
