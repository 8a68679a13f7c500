"""Codes of gate 5: the content breaks a rule of section 10 of the rule book.

A code is the rule's own identifier behind `rule.`, so that whoever reads a finding can look
the rule up; the register of rules (`exchange.core.rules.register`) says for each where it is
decided. Rules of other gates have that gate's codes and stand in the register only.
"""

from __future__ import annotations

from exchange.codes import Code


class RuleCode(Code):
    """Gate 5, rules: every finding carries the identifier of the rule that made it."""

    SCH_00 = (
        "rule.SCH-00",
        "a statement of this kind does not travel as a message",
        "send attestations and status changes; acknowledge by the verb of that name",
    )
    HDR_01 = (
        "rule.HDR-01",
        "the document identifier has been used for another document",
        "give the document a new DocumentID and sign it again",
    )
    HDR_02 = (
        "rule.HDR-02",
        "the issue time lies in the future or before the key certificate's validity",
        "set the clock of the issuing system and issue the document again",
    )
    HDR_03 = (
        "rule.HDR-03",
        "a language is used that the header does not declare, or twice in one group",
        "declare every language in Header/Language and give each text once per language",
    )
    HDR_04 = (
        "rule.HDR-04",
        "a text is missing in the authoritative language",
        "give every name and text in the first language of Header/Language too",
    )
    HDR_05 = (
        "rule.HDR-05",
        "a test document was sent to a production hub",
        "send test documents to a test hub, and mark them with TestIndicator and function 53",
    )
    HDR_06 = (
        "rule.HDR-06",
        "the document replaced is unknown, has another issuer or another digest",
        "name the identifier and the content digest of a document that this issuer sent before",
    )
    TXT_01 = (
        "rule.TXT-01",
        "a text holds characters that cannot be seen or that turn the direction of writing",
        "remove direction marks and zero-width characters; write each text as it is read",
    )
    TXT_02 = (
        "rule.TXT-02",
        "a word mixes letters that look alike but belong to different scripts",
        "write each word in letters of one script",
    )
    TKO_01 = (
        "rule.TKO-01",
        "the mark TakenOver does not fit the dates, or the certificate is not older than the hub",
        "use the mark only for a decision taken before the issuing body was listed",
    )
    ATT_01 = (
        "rule.ATT-01",
        "the attestation identifier belongs to another certificate",
        "keep one AttestationID for all revisions of one certificate, and for no other",
    )
    ATT_02 = (
        "rule.ATT-02",
        "the certificate number does not have the format of its scheme",
        "write the number as the scheme prescribes it",
    )
    ATT_03 = (
        "rule.ATT-03",
        "the revision does not follow the last accepted one",
        "use revision 0 for the first document and one more for each that follows",
    )
    ATT_04 = (
        "rule.ATT-04",
        "the type of attestation and the level of the assessor do not fit",
        "use 3rdParty for a certification and Self for a declaration",
    )
    ATT_05 = (
        "rule.ATT-05",
        "the assessment level is higher than the authorisations support",
        "claim the level that the authorisations given in the document support",
    )
    ATT_06 = (
        "rule.ATT-06",
        "what is said about the file for people names another certificate or holder",
        "describe the file by the certificate number and the holder of this attestation",
    )
    SCM_01 = (
        "rule.SCM-01",
        "the scheme version is not registered, or was not in force on the decision date",
        "name a scheme and version of the scheme register",
    )
    SCM_02 = (
        "rule.SCM-02",
        "the version of the rule document was not the latest in force when assessment began",
        "assess under the version in force, or name the one that was applied",
    )
    SCM_03 = (
        "rule.SCM-03",
        "the assessments do not fit the type of scheme",
        "add the assessments that this type of scheme needs, or correct SchemeType",
    )
    SCM_04 = (
        "rule.SCM-04",
        "the scheme particulars are not those registered for the scheme",
        "use the root element that the scheme register names for this scheme",
    )
    ISS_01 = (
        "rule.ISS-01",
        "the issuer is not the issuing body, or not a body that issues attestations",
        "let the issuing body that the certificate names sign it with its own key",
    )
    ISS_02 = (
        "rule.ISS-02",
        "the approval number of the issuing body is missing or not well formed",
        "write the approval number as the approving authority published it",
    )
    ISS_03 = (
        "rule.ISS-03",
        "the certificate number does not contain the code of the issuing body",
        "correct CABCode or the certificate number",
    )
    ISS_04 = (
        "rule.ISS-04",
        "the certificate number carries the code of another body",
        "number it with the code that the issuing body's own approval or accreditation gives",
    )
    AUT_01 = (
        "rule.AUT-01",
        "the authority is not on a trust list as one that accredits or approves",
        "name the authority by the identifier of its entry in the trust list",
    )
    AUT_02 = (
        "rule.AUT-02",
        "the accreditation number is not the one that the authority published",
        "write the number of the entry in the trust list",
    )
    AUT_03 = (
        "rule.AUT-03",
        "the accreditation standard does not fit the object of the certificate",
        "name the authorisation under the standard that covers this kind of object",
    )
    AUT_04 = (
        "rule.AUT-04",
        "a sector or product group lies outside the accredited scope",
        "remove the code, or have the accreditation extended before the decision",
    )
    AUT_05 = (
        "rule.AUT-05",
        "the authorisation was not in force on the decision date",
        "name an authorisation that was in force on the decision date",
    )
    AUT_06 = (
        "rule.AUT-06",
        "the authority was not a signatory of the arrangement on the decision date",
        "name the arrangement that covered the authority and the scope on that date",
    )
    AUT_07 = (
        "rule.AUT-07",
        "the accreditation behind the certificate was suspended or withdrawn later",
        "ask the issuing body when it is restored, or who has taken over the certificate",
    )
    PTY_01 = (
        "rule.PTY-01",
        "an identifier does not pass its check digit or format",
        "copy the identifier from the register that gave it",
    )
    PTY_02 = (
        "rule.PTY-02",
        "a party has no registry identifier",
        "give the identifier of a register, for a party in China its USCC",
    )
    PTY_03 = (
        "rule.PTY-03",
        "a product certificate lacks the applicant, the manufacturer or the factory",
        "give all three with name and address",
    )
    PTY_04 = (
        "rule.PTY-04",
        "an address has neither a full text nor a street or city",
        "give the full address, or the street or the city",
    )
    PTY_05 = (
        "rule.PTY-05",
        "an economy code was not current on the issue date",
        "use the ISO 3166-1 code, or the registered code of a multi-economy body",
    )
    PTY_06 = (
        "rule.PTY-06",
        "a name is given in a non-Latin script only",
        "give a name in Latin script next to it",
    )
    SIT_01 = (
        "rule.SIT-01",
        "the sites do not have exactly one main site and unique identifiers",
        "mark one site as the main one and give each site its own SiteID",
    )
    SIT_02 = (
        "rule.SIT-02",
        "a site claims more than the certificate covers",
        "use for a site only statements or codes of the certificate's scope",
    )
    SIT_03 = (
        "rule.SIT-03",
        "the GLN of a site fails its check digit or is shared by two sites",
        "correct the GLN of the site",
    )
    OBJ_01 = (
        "rule.OBJ-01",
        "the scheme does not certify this kind of object",
        "use the kind of object that the scheme register names for this scheme",
    )
    OBJ_02 = (
        "rule.OBJ-02",
        "a management system lacks a scope statement or a valid sector code",
        "give the scope statement and at least one code of IAF ID1, 1 to 39",
    )
    OBJ_03 = (
        "rule.OBJ-03",
        "a product lacks a model or specification, or its GTIN is wrong",
        "give a model, specification or series, and correct the GTIN",
    )
    OBJ_04 = (
        "rule.OBJ-04",
        "a commodity code is not one of the HS edition named",
        "give 6 to 10 digits whose first 6 stand in the HS edition named",
    )
    OBJ_05 = (
        "rule.OBJ-05",
        "two product lines cover the same model and brand",
        "list each model of a brand once",
    )
    OBJ_06 = (
        "rule.OBJ-06",
        "a unit is not a code of Recommendation 20",
        "give the common code of the unit from UN/CEFACT Recommendation 20",
    )
    REQ_01 = (
        "rule.REQ-01",
        "a requirement has no edition where the scheme wants dated references",
        "give the edition of the standard or regulation",
    )
    REQ_02 = (
        "rule.REQ-02",
        "the edition had been withdrawn before the decision",
        "certify against the current edition, or within its transition period",
    )
    ASM_01 = (
        "rule.ASM-01",
        "a requirement has no assessment that found conformity, or one found none",
        "give at least one positive assessment for every requirement, and none that is negative",
    )
    ASM_02 = (
        "rule.ASM-02",
        "an assessment ends before it starts or after the decision",
        "correct the dates of the assessment or of the decision",
    )
    ASM_03 = (
        "rule.ASM-03",
        "a report lacks its number, issuer, date or digest",
        "complete the reference to the report",
    )
    ASM_04 = (
        "rule.ASM-04",
        "the laboratory was not accredited on the day of the test",
        "name the laboratory's accreditation, or have the test repeated",
    )
    ASM_05 = (
        "rule.ASM-05",
        "a measured value does not meet its threshold",
        "check the value and the threshold",
    )
    DEC_01 = (
        "rule.DEC-01",
        "the certificate was issued before the decision",
        "correct the decision date or the issue date",
    )
    DEC_02 = (
        "rule.DEC-02",
        "the decision was taken by a person who did the assessment",
        "let somebody decide who took no part in the assessment",
    )
    VAL_01 = (
        "rule.VAL-01",
        "the certificate takes effect before the decision",
        "correct the effective date",
    )
    VAL_02 = (
        "rule.VAL-02",
        "the dates of issue and expiry are out of order, or the expiry date is missing",
        "order the dates: original issue, issue, expiry",
    )
    VAL_03 = (
        "rule.VAL-03",
        "the certificate is valid for longer than the scheme allows",
        "shorten the period of validity",
    )
    VAL_04 = (
        "rule.VAL-04",
        "the next surveillance is overdue",
        "report the surveillance, or correct the date on which it is due",
    )
    VAL_05 = (
        "rule.VAL-05",
        "a lapse between two cycles is not shown",
        "give the start of the cycle, or a new original issue date",
    )
    STA_01 = (
        "rule.STA-01",
        "the status does not agree with the dates",
        "correct the status or the dates; a suspension is a status change of its own",
    )
    MRK_01 = (
        "rule.MRK-01",
        "a mark is named that attestations of this scheme do not show",
        "name the marks of the scheme only; the CCC mark belongs to CCC certificates",
    )
    EVD_01 = (
        "rule.EVD-01",
        "no file can have the digest of this link, or the file enclosed has another",
        "give the size and the digest of the file itself, and one digest for each address",
    )
    EVD_02 = (
        "rule.EVD-02",
        "confidential evidence can be fetched and is not encrypted",
        "encrypt it and name the method, or withhold it: name it by a URN without an address",
    )
    REL_01 = (
        "rule.REL-01",
        "the number is not that of a sub-certificate of its parent, or the parent is not active",
        "number it as its parent, a hyphen and 1, 2 and so on, and name an active parent",
    )
