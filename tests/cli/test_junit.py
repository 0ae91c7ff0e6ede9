"""JUnit's XML is XML, whatever rules and findings hold."""

from __future__ import annotations

from xml.etree import ElementTree

from engine.cli._junit import Case, junit

ODD = "<a> & 'b' \"c\" \x00\x1b[31m ]]> \ud800 é"


def test_what_xml_cannot_hold_is_replaced_and_the_rest_is_kept():
    root = ElementTree.fromstring(junit(ODD, [Case(ODD, ODD, ((ODD, ODD),), (ODD,))]))
    (case,) = root.iter("testcase")
    kept = "<a> & 'b' \"c\" ��[31m ]]> � é"
    assert [case.get("name"), case.get("classname"), case.findtext("failure"), case.findtext("system-out")] == [
        kept
    ] * 4
    assert root.get("failures") == "1"


def test_a_case_without_findings_passes():
    (case,) = ElementTree.fromstring(junit("s", [Case("a", "b")])).iter("testcase")
    assert list(case) == []
