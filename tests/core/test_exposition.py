"""The text exposition format, as a monitoring system parses it."""

from __future__ import annotations

from exchange.core.exposition import counters, gauge, gauges, written


def test_a_page_has_help_type_and_samples_of_every_metric() -> None:
    page = written(
        [
            gauge("exchange_keys", "keys on the lists", 12),
            gauges("exchange_age_seconds", "age", [({"list": "CN.xml"}, 1.5), ({"list": "b"}, -3)]),
            counters("exchange_mails_total", "mails", []),
        ]
    )

    assert page == (
        "# HELP exchange_keys keys on the lists\n"
        "# TYPE exchange_keys gauge\n"
        "exchange_keys 12\n"
        "# HELP exchange_age_seconds age\n"
        "# TYPE exchange_age_seconds gauge\n"
        'exchange_age_seconds{list="CN.xml"} 1.5\n'
        'exchange_age_seconds{list="b"} -3\n'
        "# HELP exchange_mails_total mails\n"
        "# TYPE exchange_mails_total counter\n"
    )


def test_what_could_end_a_value_or_a_line_is_escaped() -> None:
    page = written([gauges("a", 'line\n"two" \\', [({"name": 'x"} 1\ny\\ 认证'}, 1)])])

    assert page.splitlines() == [
        '# HELP a line\\n"two" \\\\',
        "# TYPE a gauge",
        'a{name="x\\"} 1\\ny\\\\ 认证"} 1',
    ]
