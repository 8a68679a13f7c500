"""Start tags of canonical octets: what is read is what a parser reads in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from exchange.core.document.start_tags import start_tags, unescaped
from exchange.core.lexical import collapsed
from exchange.core.xml import canonical
from tests.core.rules.test_provocations import GOOD
from tests.world import make_world

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]) | st.just("\r"))


def assert_read_as_by_a_parser(root: etree._Element) -> None:
    """Hold what is read from the canonical form of a tree against the tree."""
    content = canonical(root)
    elements = list(etree.fromstring(content).iter())
    found = start_tags(content)

    assert list(found.names) == [etree.QName(one).localname for one in elements]
    # White space in front is left out; a carriage return stands in canonical form as a reference.
    texts = [(one.text or "").lstrip(" \t\n") for one in elements]
    assert [unescaped(text) for text in found.texts] == texts
    for element, tag, attributes in zip(elements, found.tags, found.attributes, strict=True):
        assert tag in {None, element.tag}
        own = {name: value for name, value in attributes.items() if not name.startswith("xmlns")}
        assert own == {
            "xml:lang" if name == _LANG else name: collapsed(str(value))
            for name, value in element.attrib.items()
        }


@pytest.mark.parametrize(("kind", "sample"), GOOD)
def test_start_tags_of_a_sample_are_those_of_its_tree(kind: str, sample: str) -> None:
    assert_read_as_by_a_parser(etree.fromstring(make_world().draft(sample, kind=kind)))


@given(_TEXTS, _TEXTS, _TEXTS)
def test_start_tags_hold_whatever_stands_in_texts_and_values(
    text: str, value: str, language: str
) -> None:
    root = etree.Element("{urn:a}Outer", {"a": value, _LANG: language}, nsmap={"p": "urn:a"})
    for content in (text, value, "<i a='>'/>"):
        inner = etree.SubElement(root, "Inner", {"scheme": content, "version": language})
        inner.text = content
        inner.tail = text

    assert_read_as_by_a_parser(root)


def test_value_that_speaks_of_another_attribute_is_only_a_value() -> None:
    root = etree.fromstring("<a><b c='> schemeID=' d=\"/&gt;&lt;x y=&quot;z&quot;>\"/><e>f</e></a>")

    found = start_tags(canonical(root))

    assert found.names == ("a", "b", "e")
    assert found.attributes[1] == {"c": "> schemeID=", "d": '/><x y="z">'}
    assert found.texts == ("", "", "f")


@pytest.mark.parametrize("content", [b"", b"text", b'<a b="', b"<?pi?><a></a>", b"<a b='c'></a>"])
def test_octets_that_are_not_canonical_are_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="expected"):
        start_tags(content)
