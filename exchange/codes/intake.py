"""Codes of bulk intake: files, rows and mappings of bodies that bring their existing stock."""

from __future__ import annotations

from exchange.codes import Code


class IntakeCode(Code):
    """A file, a row or a mapping cannot be taken in as it is."""

    FORMAT = (
        "intake.format",
        "the file is not of a kind that is taken in",
        "save it as CSV, as XLSX without macros, or as XML; a name alone does not change a file",
    )
    ENCODING = (
        "intake.encoding",
        "the encoding of the text cannot be told with certainty",
        "name the encoding with --encoding, or save the file as UTF-8",
    )
    NUL = (
        "intake.nul",
        "the text contains a NUL character",
        "save the file again as text; a NUL is no part of any",
    )
    DELIMITER = (
        "intake.delimiter",
        "it cannot be told what separates the columns",
        "name it with --delimiter, or use comma, semicolon or tab throughout",
    )
    HEADER = (
        "intake.header",
        "the row of column names is missing or names a column twice",
        "give every column that is used one name of its own in the first row",
    )
    RAGGED = (
        "intake.ragged-row",
        "the row has more or fewer cells than there are columns",
        "mend the row: a separator or a quotation mark is missing or too many",
    )
    QUOTES = (
        "intake.quotes",
        "a quoted cell does not end where it should",
        "mend the quotation marks; one inside a quoted cell is written twice",
    )
    TOO_LARGE = (
        "intake.too-large",
        "the file is beyond what is read at once",
        "divide it into several files; each is taken in by itself",
    )
    WORKBOOK = (
        "intake.workbook",
        "the workbook is damaged or is none",
        "open it, repair it and save it again as XLSX",
    )
    SHEET = (
        "intake.sheet",
        "the workbook has no such sheet, or several and none is chosen",
        "name the sheet with --sheet or in the mapping",
    )
    OLD_WORKBOOK = (
        "intake.old-workbook",
        "the file is a workbook of the old binary kind, or is protected by a password",
        "save it as XLSX without a password",
    )
    MACROS = (
        "intake.macros",
        "the workbook contains macros or embedded programs",
        "save it as XLSX without macros; programs are never opened here",
    )
    EXTERNAL_LINKS = (
        "intake.external-links",
        "the workbook takes values from other files",
        "replace the links by values and remove the connections",
    )
    ARCHIVE_BOMB = (
        "intake.archive-bomb",
        "the archive would unpack to far more than it is",
        "send fewer files in each archive, packed once",
    )
    ARCHIVE = (
        "intake.archive",
        "the archive is damaged, protected, or holds what is no document",
        "pack XML documents only: no links, no folders above, no archives inside",
    )
    EXECUTABLE = (
        "intake.executable",
        "the file is a program under another name",
        "send documents only; nothing of this archive was opened",
    )
    FORMULA = (
        "intake.formula",
        "the cell contains a formula",
        "replace the formula by its value; formulas are neither computed nor taken over",
    )
    MERGED = (
        "intake.merged",
        "cells are merged",
        "undo the merge and write the value into every cell that it is for",
    )
    ERROR_VALUE = (
        "intake.error-value",
        "the cell contains an error of the spreadsheet",
        "mend the cell; an error such as #REF! is no value",
    )
    HIDDEN = (
        "intake.hidden",
        "a row, column or sheet is hidden",
        "look at it: it is taken in like every other one",
    )
    DIGITS_LOST = (
        "intake.digits-lost",
        "the cell is a number where a text of digits is meant",
        "format the column as text and enter it again: leading zeros and late digits are lost",
    )
    DATE = (
        "intake.date",
        "the cell is no date in the format of the mapping",
        "mend the date, or name its format in the mapping",
    )
    UNTRANSLATED = (
        "intake.untranslated",
        "the value has no translation in the mapping",
        "add the value to `codes` of this column, or mend the cell",
    )
    VALUE = (
        "intake.value",
        "the cell is not of the kind that the field takes",
        "mend the cell as the message says",
    )
    MISSING = (
        "intake.missing",
        "a field that the scheme needs has no value",
        "fill the cell, or give the field a column or a constant in the mapping",
    )
    REPEATED = (
        "intake.repeated",
        "another row has this certificate number and revision already",
        "keep one of the rows, or give the later one the next revision",
    )
    ORPHAN_SITE = (
        "intake.orphan-site",
        "a site on the second sheet belongs to no certificate of the file",
        "correct what it has in the key column, or remove the row",
    )
    UNCHECKED = (
        "intake.unchecked",
        "nobody has looked at what would be signed: there was no dry run of this file",
        "run `exchange intake check` with the same file and mapping, or give --without-check",
    )
    MAPPING = (
        "intake.mapping",
        "the mapping cannot be used",
        "mend the mapping; `exchange intake map` writes one from the first row of your file",
    )
    MAPPING_COLUMN = (
        "intake.mapping-column",
        "the mapping names a column that the file does not have",
        "correct the name in the mapping, or choose the file that the mapping is for",
    )
    MAPPING_FIELD = (
        "intake.mapping-field",
        "the mapping names a field that the scheme does not have",
        "use a field that `exchange intake fields` shows",
    )
    JOURNAL = (
        "intake.journal",
        "the journal belongs to another file, mapping or body",
        "choose another folder with --out, or go on with the file that was begun",
    )
    BEGUN = (
        "intake.begun",
        "this intake was begun before",
        "go on with --resume, or choose another folder with --out",
    )
    DOCUMENT = (
        "intake.document",
        "the file is no attestation and no draft of one",
        "send attestations, signed or unsigned, or an upload for IAF CertSearch",
    )
    PAUSED = (
        "intake.paused",
        "the hub could not decide about some documents yet",
        "run the same command again with --resume",
    )
