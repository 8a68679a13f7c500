"""Codes of what comes from outside: lists of other operators, fetched lists, mail."""

from __future__ import annotations

from exchange.codes import Code


class NationalCode(Code):
    """A trust list of another operator, or a key on it, is not used."""

    STRUCTURE = (
        "national.structure",
        "an element of the list is missing, unknown, or out of its order",
        "its operator publishes the list in the form of ETSI TS 119 612, annex C",
    )
    VALUE = (
        "national.value",
        "a value on the list is not what its clause demands",
        "its operator corrects the value named in the finding and publishes the list again",
    )
    CLOSED = (
        "national.closed",
        "the list is closed: its operator has announced that no other will follow",
        "ask the operator what has taken its place, and pin the signer of that list",
    )
    EXTENSION = (
        "national.extension",
        "the list has a critical extension that is not understood here",
        "nothing to do here: what it changes is unknown, so the entry is not used",
    )
    SIGNER_PROFILE = (
        "national.signer-profile",
        "the key certificate of the signer lacks what the standard asks of one",
        "nothing to do: the signer is pinned; its operator may use a better key certificate",
    )
    CERTIFICATE = (
        "national.certificate",
        "a key certificate on the list cannot be read",
        "nothing to do: the service is shown without it, and no key can be taken from it",
    )
    NOT_GRANTED = (
        "national.not-granted",
        "the service is not granted, so no key is taken from it",
        "choose a service that is granted, or wait until its operator grants it",
    )
    NO_KEY = (
        "national.no-key",
        "the service has no end-entity key certificate that can work here",
        "give the partner's own key certificate, issued by this service",
    )
    NOT_ISSUED = (
        "national.not-issued",
        "the key certificate was not issued by this service",
        "choose the service whose certification authority has issued it",
    )
    NO_SUCH_SERVICE = (
        "national.no-such-service",
        "the list has no service of this number",
        "look up the number of the service in the table of the list",
    )


class ListFetchCode(Code):
    """Lists that another hub serves cannot be taken over; those in force stay in force."""

    INDEX = (
        "fetch.index",
        "the other hub's index of its lists is not what it should be",
        "look at the address of the other hub; nothing was changed here",
    )
    DIGEST = (
        "fetch.digest",
        "a fetched list is not the one that the index names",
        "nothing to do: it is fetched again; if it stays so, ask the other hub's operator",
    )
    TOO_LARGE = (
        "fetch.too-large",
        "an answer is larger than any list that is read",
        "ask the other hub's operator what it serves",
    )
    ENCODING = (
        "fetch.encoding",
        "an answer is encoded in a way that was not asked for, or badly",
        "ask the other hub's operator what stands between the hubs",
    )
    UNWRITABLE = (
        "fetch.unwritable",
        "the fetched lists could not be written",
        "see to space and permissions of the folder of the trust lists",
    )


class MailCode(Code):
    """A warning could not be mailed; it stands in the log and on the board."""

    UNREACHABLE = (
        "mail.unreachable",
        "the mail server could not be reached, or broke off",
        "see to the mail server, or correct smtp_host and smtp_port; it is tried again",
    )
    NOT_SECURED = (
        "mail.not-secured",
        "the mail server does not offer STARTTLS, or its key certificate is not believed",
        "use a server with STARTTLS, or allow mail without it in the settings",
    )
    REFUSED = (
        "mail.refused",
        "the mail server refused the sender, the receivers or the message",
        "read its answer in the finding and correct smtp_from, mail_to or the password",
    )
