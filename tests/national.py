"""A trust list of a small foreign operator, written as ETSI TS 119 612 has it, for tests.

operator = list_signer()
data = operator.sign(draft(services=(service(ca.der),)))
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import cache
from typing import Final

from exchange.core.trust_values import TSL, TSL_TAG
from tests.pki import Signer, make_signer

GRANTED: Final = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted"
WITHDRAWN: Final = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/withdrawn"
_TYPE: Final = "http://uri.etsi.org/TrstSvc/Svctype/CA/QC"
_URI: Final = '<URI xml:lang="en">https://lists.example/</URI>'
_ADDRESS: Final = (
    '<PostalAddresses><PostalAddress xml:lang="en"><StreetAddress>1 Quay</StreetAddress>'
    "<Locality>Port</Locality><CountryName>NZ</CountryName></PostalAddress></PostalAddresses>"
    f"<ElectronicAddress>{_URI}</ElectronicAddress>"
)


@cache
def list_signer(number: int = 0) -> Signer:
    """Return the operator that signs the list, with the purpose that the standard asks for."""
    return make_signer(number=900 + number, purposes=("0.4.0.2231.3.0",), subject="List signer")


def service(
    *ders: bytes,
    status: str = GRANTED,
    since: str = "2026-01-01T00:00:00Z",
    history: Sequence[tuple[str, str]] = (),
    extensions: str = "",
) -> str:
    """Return a TSPService with some key certificates.

    Args:
        ders: Key certificates.
        status: The present status.
        since: When it began.
        history: Status and beginning of each earlier one, newest first.
        extensions: The content of ServiceInformationExtensions.
    """
    instances = "".join(
        f"<ServiceHistoryInstance>{_about((), *one)}</ServiceHistoryInstance>" for one in history
    )
    return (
        f"<TSPService><ServiceInformation>{_about(ders, status, since)}"
        + (
            f"<ServiceInformationExtensions>{extensions}</ServiceInformationExtensions>"
            * bool(extensions)
        )
        + "</ServiceInformation>"
        + (f"<ServiceHistory>{instances}</ServiceHistory>" * bool(history))
        + "</TSPService>"
    )


def _about(ders: Sequence[bytes], status: str, since: str) -> str:
    identities = "".join(
        f"<DigitalId><X509Certificate>{base64.b64encode(der).decode()}</X509Certificate></DigitalId>"
        for der in ders
    )
    return (
        f"<ServiceTypeIdentifier>{_TYPE}</ServiceTypeIdentifier>"
        '<ServiceName><Name xml:lang="mi">Ratonga</Name><Name xml:lang="en">Signing CA</Name>'
        f"</ServiceName><ServiceDigitalIdentity>{identities}</ServiceDigitalIdentity>"
        f"<ServiceStatus>{status}</ServiceStatus>"
        f"<StatusStartingTime>{since}</StatusStartingTime>"
    )


def draft(
    *,
    services: Sequence[str] = (),
    version: int = 6,
    sequence: int = 7,
    territory: str = "NZ",
    issued: str = "2026-11-01T00:00:00Z",
    until: str = "2027-03-01T00:00:00Z",
) -> bytes:
    """Return an unsigned list with one provider."""
    following = f"<dateTime>{until}</dateTime>" if until else ""
    text = (
        f'<TrustServiceStatusList xmlns="{TSL}" TSLTag="{TSL_TAG}" Id="TL"><SchemeInformation>'
        f"<TSLVersionIdentifier>{version}</TSLVersionIdentifier>"
        f"<TSLSequenceNumber>{sequence}</TSLSequenceNumber>"
        "<TSLType>http://uri.etsi.org/TrstSvc/TrustedList/TSLType/CClist</TSLType>"
        '<SchemeOperatorName><Name xml:lang="en">Operator</Name></SchemeOperatorName>'
        f"<SchemeOperatorAddress>{_ADDRESS}</SchemeOperatorAddress>"
        '<SchemeName><Name xml:lang="en">NZ:List</Name></SchemeName>'
        f"<SchemeInformationURI>{_URI}</SchemeInformationURI>"
        "<StatusDeterminationApproach>urn:x</StatusDeterminationApproach>"
        f"<SchemeTerritory>{territory}</SchemeTerritory>"
        "<HistoricalInformationPeriod>65535</HistoricalInformationPeriod>"
        f"<ListIssueDateTime>{issued}</ListIssueDateTime><NextUpdate>{following}</NextUpdate>"
        "</SchemeInformation><TrustServiceProviderList><TrustServiceProvider><TSPInformation>"
        '<TSPName><Name xml:lang="en">Provider</Name></TSPName>'
        f"<TSPAddress>{_ADDRESS}</TSPAddress><TSPInformationURI>{_URI}</TSPInformationURI>"
        "</TSPInformation><TSPServices>"
        + "".join(services or (service(list_signer().der),))
        + "</TSPServices></TrustServiceProvider></TrustServiceProviderList>"
        "</TrustServiceStatusList>"
    )
    return text.encode()
