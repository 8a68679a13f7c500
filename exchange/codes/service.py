"""Codes of everything around the gates: callers, partners, the hub itself, the operator."""

from __future__ import annotations

from exchange.codes import Code


class RefusedCode(Code):
    """The caller is at fault."""

    NOT_FOUND = (
        "refused.not-found",
        "there is no such thing, or it is not yours to see",
        "check the address against the published description of the interface",
    )
    METHOD = (
        "refused.method",
        "this address does not take this method",
        "use a method named in the Allow header",
    )
    REQUEST = (
        "refused.request",
        "the request is not HTTP that we read",
        "send a well-formed HTTP/1.1 request within the published limits",
    )
    PARAMETER = (
        "refused.parameter",
        "a parameter is missing or has a value that makes no sense",
        "correct the parameter named in the finding",
    )
    BODY = (
        "refused.body",
        "the body of the request is not what this address takes",
        "send a body as the published description of the interface shows it",
    )
    MEDIA_TYPE = (
        "refused.media-type",
        "the media type or encoding of the body is not taken here",
        "send XML as application/xml and JSON as application/json, both uncompressed",
    )
    SEVERAL_FILES = (
        "refused.several-files",
        "the form has several files, and an answer is about one",
        "send one file at a time: each gets its own answer",
    )
    TOO_LARGE = (
        "refused.too-large",
        "the body is larger than the limit",
        "send large evidence as a link with a digest instead of inside the document",
    )
    SLOW = (
        "refused.slow",
        "the body did not arrive in time",
        "send the request again over a faster connection",
    )
    BUSY = (
        "refused.busy",
        "too many requests are waiting",
        "send the same request again after the time in Retry-After",
    )
    DRAINING = (
        "refused.draining",
        "the hub is shutting down",
        "send the same request again after the time in Retry-After",
    )
    EXAMINATION = (
        "refused.examination",
        "the examination of this document did not end",
        "send the same request again later; if it fails again, tell the operator",
    )
    NO_CERTIFICATE = (
        "refused.no-certificate",
        "the connection shows no client certificate",
        "connect with the certificate of your transport key",
    )
    UNKNOWN_KEY = (
        "refused.unknown-key",
        "the transport key of this connection is not on the trust list",
        "have the certificate of your transport key put on the trust list of your economy",
    )
    KEY_NOT_ACTIVE = (
        "refused.key-not-active",
        "the transport key of this connection is not active now",
        "use a transport key whose entry on the trust list is in force",
    )
    CLIENT_CERT_HEADER = (
        "refused.client-cert-header",
        "the header Client-Cert comes from somebody who may not send it",
        "leave the header out; only a configured proxy sends it",
    )
    NOT_ENTITLED = (
        "refused.not-entitled",
        "this is not for the body that calls",
        "call with the transport key of the body named in the finding",
    )
    MESSAGE_ID = (
        "refused.message-id",
        "the message id is not a UUID in lower case",
        "choose a random UUID for each new message and keep it for every repetition",
    )
    DIGEST_MISSING = (
        "refused.digest-missing",
        "the request carries no SHA-256 digest of its body",
        "send Content-Digest: sha-256=:…: as RFC 9530 describes it",
    )
    DIGEST_MISMATCH = (
        "refused.digest-mismatch",
        "the body is not the one that the digest is of",
        "compute the digest over the octets that you send and send them again",
    )
    ADDRESSEES = (
        "refused.addressees",
        "the addressees are missing or badly written",
        'send Exchange-Addressees: "NO-RA-DEMO", "SG" or "register-only"',
    )
    ADDRESSEE_UNKNOWN = (
        "refused.addressee-unknown",
        "an addressee is not on the trust list",
        "ask for the list of partners and address one of them",
    )
    ADDRESSEE_DOES_NOT_TAKE = (
        "refused.addressee-does-not-take",
        "an addressee has not declared that it takes this kind and scheme",
        "ask for the list of partners and address one that takes it, or register only",
    )
    AUTHORISATION = (
        "refused.authorisation",
        "the authorisation of a named person is missing or is not for this draft",
        "have an authorised person of the body authorise exactly this draft",
    )
    CUSTODY = (
        "refused.custody",
        "the body has no key of this role in the custody of the hub",
        "sign with the body's own key and submit, or have a key entered with hub custody",
    )
    SIGNED_DRAFT = (
        "refused.signed-draft",
        "the draft carries a signature already",
        "submit signed documents as messages; send only unsigned drafts for issuing",
    )
    ACKNOWLEDGEMENT = (
        "refused.acknowledgement",
        "the acknowledgement is not a valid signed receipt for this delivery",
        "sign an acknowledgement of exactly this message with your receipt key",
    )
    MESSAGE_ID_CONFLICT = (
        "refused.message-id-conflict",
        "the message id was used before for other octets or other addressees",
        "choose a new message id, or send exactly what was sent first",
    )
    UNKNOWN_DELIVERY = (
        "refused.unknown-delivery",
        "there is no such delivery for this body",
        "use the delivery identifier exactly as the lease gave it",
    )
    ACKNOWLEDGEMENT_DIGEST = (
        "refused.acknowledgement-digest",
        "the acknowledgement is about other octets than those that were delivered",
        "acknowledge the message digest of the octets that arrived, or lease them again",
    )
    ACKNOWLEDGEMENT_CHAIN = (
        "refused.acknowledgement-chain",
        "the acknowledgement does not follow from the receipt of this message",
        "name the digest of the hub's receipt as the previous receipt",
    )
    ACKNOWLEDGEMENT_CONFLICT = (
        "refused.acknowledgement-conflict",
        "the delivery was acknowledged before with another outcome",
        "leave the first acknowledgement as it is; changes of mind are documents of their own",
    )
    DELIVERY_STATE = (
        "refused.delivery-state",
        "the delivery is not in a state in which this is possible",
        "look up the state of the delivery first",
    )
    NOT_ADMINISTERED = (
        "refused.not-administered",
        "this hub administers no trust: its lists come from elsewhere",
        "act at the hub whose root has signed the founding, and ask there",
    )
    NO_ADMINISTRATOR = (
        "refused.no-administrator",
        "this is for administrators, known by their own keys",
        "connect with the key that was enrolled for you, not with a transport key",
    )
    DELEGATION_OLD = (
        "refused.delegation-old",
        "the delegation is not newer than the one in force",
        "bring the delegation of the newest ceremony",
    )


class PeerCode(Code):
    """The other side is at fault."""

    UNREACHABLE = (
        "peer.unreachable",
        "the partner could not be reached",
        "see that the address is right and the other side runs; a hub tries again by itself",
    )
    TIMEOUT = (
        "peer.timeout",
        "the partner did not answer in time",
        "try again a little later; a hub does so by itself",
    )
    TLS = (
        "peer.tls",
        "the connection to the partner is not secured by its transport key",
        "compare the transport keys of both sides with the trust lists, and your root",
    )
    STATUS = (
        "peer.status",
        "the partner answered with a failure",
        "ask the partner for the cause; the hub tries again until the deadline",
    )
    NO_RECEIPT = (
        "peer.no-receipt",
        "the partner answered without a receipt",
        "the partner has to answer with its signed receipt",
    )
    BAD_RECEIPT = (
        "peer.bad-receipt",
        "the partner's receipt does not prove that it took the message over",
        "the partner has to sign its receipt with its receipt key, about this message",
    )
    NO_ENDPOINT = (
        "peer.no-endpoint",
        "the partner is not on the trust list with an endpoint any more",
        "have the partner's entry corrected, then send the dead letter again",
    )


class HubCode(Code):
    """The hub itself is at fault; the cause stands in its log."""

    FAULT = (
        "hub.fault",
        "the hub could not answer this request",
        "send the same request again later, and tell the operator if it fails again",
    )


class SettingsCode(Code):
    """The operator has to mend something before we start."""

    FILE = "settings.file", "a file could not be read", "correct the path or the file"
    UNKNOWN = (
        "settings.unknown",
        "a setting has a name that does not exist",
        "compare the name with the table of settings in the README",
    )
    VALUE = (
        "settings.value",
        "a setting has a value that makes no sense",
        "correct the value; the table of settings in the README says what is expected",
    )
    CATALOGUE = (
        "settings.catalogue",
        "the catalogue of schemas is not whole",
        "install the release again; after a change of schemas write the manifest again",
    )
    CODE_LISTS = (
        "settings.code-lists",
        "a code list cannot be used",
        "install the release again; after a change of a list correct the entry named",
    )
    TRUST = (
        "settings.trust",
        "the trust lists cannot be used",
        "put the signed lists into the folder and the list key's fingerprint into the pins",
    )
    TRUST_DESCRIPTION = (
        "settings.trust-description",
        "the description that trust lists are made from has a fault",
        "correct the place named in the finding; the format stands in the README",
    )
    CHANGE = (
        "settings.change",
        "the change does not fit the entry that it shall change",
        "look the entry up with `exchange trust show` and name what stands there",
    )
    ADDRESS = (
        "settings.address",
        "a listener could not be opened",
        "choose another address or port, or stop what uses it",
    )
