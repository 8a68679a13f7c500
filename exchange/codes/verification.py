"""Codes of a verification: why a question about a certificate was answered as it was.

What a gate found keeps the code of the gate; these stand for everything that no gate says.
"""

from __future__ import annotations

from exchange.codes import Code

_ASK = "ask the issuing body"


class PassedCode(Code):
    """A question was answered with yes."""

    WELL_FORMED = (
        "verification.well-formed",
        "the document is well-formed XML within the limits",
        "nothing to do",
    )
    SCHEMA = (
        "verification.schema",
        "the document is valid under the shared schema of its kind",
        "nothing to do",
    )
    SIGNATURE = (
        "verification.signature",
        "the signature covers the whole document and holds",
        "nothing to do",
    )
    KEY_TRUSTED = (
        "verification.key-trusted",
        "the key was granted to the issuing body when the document was received",
        "nothing to do",
    )
    ISSUER_ENTITLED = (
        "verification.issuer-entitled",
        "the issuing body was entitled to attest this",
        "nothing to do",
    )
    IN_FORCE = (
        "verification.in-force",
        "the certificate is in force, confirmed within a month",
        "nothing to do",
    )


class StandingCode(Code):
    """The certificate does not stand as it was issued, or nobody can say whether it does."""

    DRAFT = (
        "verification.draft",
        "the certificate is entered and not in force yet",
        "wait until the issuing body puts it in force",
    )
    SUSPENDED = (
        "verification.suspended",
        "the certificate is suspended for the time being",
        "ask again later; the issuing body restores or withdraws it",
    )
    WITHDRAWN = (
        "verification.withdrawn",
        "the certificate was withdrawn for ever",
        "do not accept it",
    )
    CANCELLED = (
        "verification.cancelled",
        "the certificate was cancelled for ever",
        "do not accept it",
    )
    EXPIRED = (
        "verification.expired",
        "the certificate has expired",
        "ask the holder for the certificate that follows it",
    )
    SUPERSEDED = (
        "verification.superseded",
        "another certificate has taken the place of this one",
        "use the certificate that the answer leads to",
    )
    NOT_YET = (
        "verification.not-yet",
        "the certificate was not in force yet on that day",
        "compare the day with the first day of the certificate",
    )
    UNCONFIRMED = (
        "verification.unconfirmed",
        "the issuing body has not confirmed its register within a month",
        _ASK + " whether the certificate still stands",
    )
    REMOVED = (
        "verification.removed",
        "the octets of a statement were removed by order",
        "read the notice of the removal; " + _ASK,
    )
    STATEMENT_UNSOUND = (
        "verification.statement-unsound",
        "a later statement about the certificate does not pass the gates any more",
        _ASK + " and tell the operator",
    )
    NOT_REGISTERED = (
        "verification.not-registered",
        "the document is not in this register, so its standing is not known here",
        _ASK + ", or the hub that it reports to",
    )
    OLDER_REVISION = (
        "verification.older-revision",
        "a newer revision of the certificate has taken the place of this document",
        "use the newest revision",
    )
    PARENT = (
        "verification.parent",
        "the certificate of which this one is a part does not stand, or nobody knows",
        "verify the certificate whose number stands before the last hyphen",
    )
    TRANSFER_UNCONFIRMED = (
        "verification.transfer-unconfirmed",
        "the certificate takes over one of another body, which does not lead to it so far",
        "ask again later; ask the body that issued the old certificate whether it transfers it",
    )
    TRANSFERRED_ELSEWHERE = (
        "verification.transferred-elsewhere",
        "the certificate takes over one that leads to another certificate",
        "do not accept it; verify the old certificate, which leads to the one that counts",
    )


class SinceCode(Code):
    """What an attestation rests on has been stopped since it was received."""

    KEY_SUSPENDED = (
        "verification.key-suspended-since",
        "the key was suspended for the time being after the document was received",
        "ask again later, or " + _ASK,
    )
    KEY_REVOKED = (
        "verification.key-revoked-since",
        "the key was revoked for ever after the document was received",
        "ask the holder for a certificate under another key",
    )
    BODY_SUSPENDED = (
        "verification.body-suspended-since",
        "the issuing body was suspended for the time being after the document was received",
        "ask again later, or ask the accreditation body",
    )
    BODY_ENDED = (
        "verification.body-ended-since",
        "the issuing body has ended since the document was received",
        "ask the holder for a certificate of the body that took its place",
    )
    ACCREDITATION_SUSPENDED = (
        "verification.accreditation-suspended-since",
        "the accreditation of the issuing body is suspended for the time being",
        "ask again later, or ask the accreditation body",
    )
    ACCREDITATION_WITHDRAWN = (
        "verification.accreditation-withdrawn-since",
        "the accreditation of the issuing body was withdrawn for ever",
        "ask the holder for a certificate of an accredited body",
    )
    ACCREDITATION_ENDED = (
        "verification.accreditation-ended-since",
        "the accreditation of the issuing body has run out",
        "ask the accreditation body whether it was renewed",
    )


class UnknownCode(Code):
    """A question was not answered."""

    NOT_REACHED = (
        "verification.not-reached",
        "an earlier question was not passed, so this one cannot be answered",
        "mend what the earlier question names",
    )
    RECOGNITION_NOT_ASKED = (
        "verification.recognition-not-asked",
        "no economy was named in which recognition is asked for",
        "name an economy to ask whether the certificate is recognised there",
    )
    RECOGNITION_NOT_KEPT = (
        "verification.recognition-not-kept",
        "this hub keeps no decisions on recognition yet",
        "ask the recognition authority of the economy",
    )


class NotFoundCode(Code):
    """No certificate can be shown for what was asked; honestly, why."""

    NOT_ISSUED = (
        "verification.not-issued",
        "not issued by this body, which keeps its whole register here and has confirmed it",
        "do not accept it; compare number and body with the paper",
    )
    DOES_NOT_PUBLISH = (
        "verification.does-not-publish",
        "this body does not publish here",
        _ASK,
    )
    PUBLISHES_SOME = (
        "verification.publishes-some",
        "not here, and this body publishes only a part of its register here",
        _ASK,
    )
    LAST_CONFIRMED = (
        "verification.last-confirmed",
        "not here, and the body has not confirmed its register for more than a month",
        _ASK,
    )
    ONLY_BY_ADDRESS = (
        "verification.only-by-address",
        "this body shows its certificates only with the QR address",
        "read the QR code on the certificate",
    )
    NUMBER_FORMAT = (
        "verification.number-format",
        "no certificate of this body can have this number",
        "compare number and body with the paper",
    )
    NUMBER_UNKNOWN = (
        "verification.number-unknown",
        "no certificate with this number is shown here",
        "name the body that issued it, or read the QR code on the certificate",
    )
    SEVERAL_BODIES = (
        "verification.several-bodies",
        "several bodies have issued a certificate with this number",
        "name the body that issued it",
    )
    SEVERAL_SCHEMES = (
        "verification.several-schemes",
        "the body has certificates with this number under several schemes",
        "name the scheme that stands on the certificate",
    )
    UNKNOWN_BODY = (
        "verification.unknown-body",
        "this body is on none of the trust lists in force",
        "write the body as the trust lists name it, such as CN-CB-0103",
    )
    ADDRESS_UNKNOWN = (
        "verification.address-unknown",
        "no certificate has this QR address here",
        "read the QR code again; a genuine one leads to the hub that is named in it",
    )


class GoodsCode(Code):
    """Whether the goods that were named are covered."""

    COVERED = "verification.goods-covered", "the goods are covered", "nothing to do"
    MODEL = (
        "verification.goods-model",
        "the model is not on the certificate",
        "compare the marking of the goods with the certificate",
    )
    GTIN = (
        "verification.goods-gtin",
        "the GTIN is not on the certificate",
        "compare the bar code of the goods with the certificate",
    )
    GTIN_DIGIT = (
        "verification.goods-gtin-digit",
        "the check digit of the GTIN does not hold",
        "read the bar code again",
    )
    HS = (
        "verification.goods-hs",
        "the commodity code is not below any on the certificate",
        "compare the commodity code of the declaration with the certificate",
    )
    BATCH = (
        "verification.goods-batch",
        "the certificate covers other batches only",
        "ask for the certificate of this batch",
    )
    FACTORY = (
        "verification.goods-factory",
        "the factory is not on the certificate",
        "compare the place of manufacture with the certificate",
    )
    REDUCED = (
        "verification.goods-reduced",
        "the goods were taken out of the scope by a reduction",
        "do not accept the certificate for these goods",
    )
    NOT_SAID = (
        "verification.goods-not-said",
        "the certificate does not say this about its goods",
        "compare what the certificate does name, or " + _ASK,
    )
    NOT_GOODS = (
        "verification.goods-not-certified",
        "the certificate is about no goods",
        "ask the holder for the certificate of the goods",
    )


class UploadCode(Code):
    """What was uploaded is nothing that can be verified, or not what it seems."""

    EMPTY = "upload.empty", "nothing was uploaded", "upload the XML or the PDF of a certificate"
    UNKNOWN_FORMAT = (
        "upload.unknown-format",
        "the file is neither XML nor PDF, whatever it is called",
        "upload the XML or the PDF of a certificate",
    )
    ARCHIVE = (
        "upload.archive",
        "the file is an archive or compressed",
        "unpack it and upload the XML or the PDF itself",
    )
    EXECUTABLE = (
        "upload.executable",
        "the file is a program, whatever it is called",
        "do not open it; upload the XML or the PDF of a certificate",
    )
    PDF_ENCRYPTED = (
        "upload.pdf-encrypted",
        "the PDF is encrypted, so that nothing in it can be checked",
        "upload it without encryption, or look at the QR address",
    )
    PDF_DAMAGED = (
        "upload.pdf-damaged",
        "the PDF cannot be read",
        "download it again, or look at the QR address",
    )
    PDF_LIMITS = (
        "upload.pdf-limits",
        "the PDF has more in it than is read from a stranger",
        "upload the XML of the certificate, or look at the QR address",
    )
    PDF_WITHOUT_XML = (
        "upload.pdf-without-xml",
        "this PDF holds no certificate that can be checked",
        "look at the QR address",
    )
    PDF_SEVERAL_XML = (
        "upload.pdf-several-xml",
        "this PDF holds several certificates, so that nobody can say which one its pages show",
        "upload the XML of the one that is meant",
    )
    PAGES_PROVE_NOTHING = (
        "upload.pages-prove-nothing",
        "the pages of a PDF prove nothing; only what this hub shows of its XML counts",
        "compare the pages with what this hub shows",
    )
    NO_ATTESTATION = (
        "upload.no-attestation",
        "the document is a statement of another kind than a certificate",
        "upload the certificate itself",
    )
    ALTERED = (
        "upload.altered",
        "a certificate with this number is registered here, and this document is another one",
        "do not accept it; use the registered one",
    )


class DisclosureCode(Code):
    """The caller asks more, or oftener, than anybody may."""

    TOO_MANY_GUESSES = (
        "refused.too-many-guesses",
        "too many numbers were asked for that lead to nothing",
        "wait for the time in Retry-After; read the QR code instead of guessing numbers",
    )
    QR_ADDRESS = (
        "refused.qr-address",
        "the QR address is not written as this hub writes them",
        "copy it whole: 1- and 26 letters or digits",
    )
    STALE = (
        "refused.stale-answer",
        "the signed answer was given at another time than it was asked for",
        "ask again; compare the clock of this machine with that of the hub",
    )
    ANOTHER_QUESTION = (
        "refused.another-question",
        "the signed answer is genuine and answers another question than was asked",
        "ask again over another connection, and tell the operator of the hub",
    )
