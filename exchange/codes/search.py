"""Codes of the search of the register."""

from __future__ import annotations

from exchange.codes import Code


class SearchCode(Code):
    """A question to the register that cannot be asked."""

    EMPTY = (
        "search.empty",
        "there is nothing to search for in what was typed",
        "type a word, a number or a name; signs alone find nothing",
    )
    LONG = (
        "search.long",
        "what was typed is longer than a search takes",
        "search for a few words of the name, or for the number alone",
    )
    LIMIT = (
        "search.limit",
        "a page cannot have so many certificates",
        "ask for a smaller page and continue with its cursor",
    )
    CURSOR = (
        "search.cursor",
        "the cursor does not belong to this search",
        "repeat the search without a cursor and take the cursor of its answer, unchanged",
    )
    FILTER = (
        "search.filter",
        "a filter has a value that makes no sense",
        "correct the filter named in the finding",
    )
