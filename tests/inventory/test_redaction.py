"""Secrets and people are replaced by markers: what the table says, wherever it stands, and nothing else."""

from __future__ import annotations

import copy
import inspect
import json
import os
import stat
import sys
import time
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiointegrator import ArgumentError, ConfigurationError
from aiointegrator.inventory import Redaction
from aiointegrator.inventory._redact import key as key_module
from aiointegrator.inventory._redact.secret_contexts import CONTEXTS
from aiointegrator.inventory._redact.secret_keys import is_secret
from aiointegrator.inventory._redact.secret_rules import EXAMPLE, RULES

KEY = "a key of the tests alone"
REDACTION = Redaction(key=KEY)
USERS = Redaction(key=KEY, users=True)
SECRET = "Zq7-planted-9xK"
KEYS = [key for rule in RULES if rule.by != "text" for key in rule.hides]
ROWS = [pytest.param(rule, id=f"{rule.by} {rule.what}"[:40]) for rule in RULES]
TOKENS = (
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2ln",
    "ghp_abcdefghijklmnop",
    "xoxb-1234567890-abc",
    "sk_" + "live_abcdefghijklmnop",
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
awkward = st.lists(
    st.sampled_from(["token", "password=", ": ", '"', "\\", "{", "}", "[", "]", "Bearer ", "Basic ", "https://", "a@b.co", ":x@", "&sig=",
                     "[redacted 12345678]", "eyJ", "{{a.b}}", "Cookie", "\n", "abcdef12", "=", "'", "-----BEGIN PRIVATE KEY-----", " "]),
    max_size=14,
).map("".join)  # fmt: skip


@pytest.mark.parametrize("rule", ROWS)
def test_each_row_of_the_table(rule: Any) -> None:
    """Hides what it says and leaves what it says."""
    for one in rule.hides:
        if rule.by == "text":
            assert EXAMPLE.rstrip("=") not in REDACTION.text(one)
            assert "[redacted " in REDACTION.text(one)
        else:
            assert SECRET not in str(REDACTION.record({one: SECRET}))
    for one in rule.leaves:
        if rule.by == "text":
            assert REDACTION.text(one) == one
        else:
            assert REDACTION.record({one: SECRET}) == {one: SECRET}


@pytest.mark.parametrize("context", CONTEXTS.values(), ids=CONTEXTS)
def test_keys_that_are_secret_in_some_objects(context: Any) -> None:
    """Each row hides what it says and leaves what it says, in records and in JSON within a text."""
    for one in context.hides:
        text = json.dumps(one)
        for found in (REDACTION.record(one), REDACTION.text(text), REDACTION.record({"settings": text})):
            assert EXAMPLE not in str(found)
    for one in context.leaves:
        text = json.dumps(one)
        assert REDACTION.record(one) == one
        assert REDACTION.text(text) == text


@pytest.mark.parametrize("token", TOKENS)
def test_tokens_that_say_what_they_are(token: str) -> None:
    """Are hidden wherever they stand."""
    assert REDACTION.text(f"see {token} here") == f"see {REDACTION.text(token)} here"
    assert token not in REDACTION.text(token)


def test_what_is_shown_of_a_connection() -> None:
    """Everything but the secrets: ids, flags, masks, references, and where a token goes."""
    record = {
        "_id": "5f0000000000000000000001",
        "accountMFARequired": True,
        "passwordRequired": "yes",
        "secret": False,
        "token": None,
        "password": "",
        "http": {
            "auth": {
                "type": "token",
                "token": {"token": "******", "location": "header", "headerName": "X-Key", "_iClientId": "5f", "refreshBody": "a"},
            },
            "headers": [
                {"name": "Authorization", "value": "Bearer abcdef"},
                {"name": "x-api-key", "value": "{{{connection.http.encrypted.apiKey}}}"},
                {"name": "Accept", "value": "text/plain"},
            ],
            "encrypted": {"apiKey": "abcdef", "_tokenIds": ["5f"], "list": [1, {"_xId": {"deep": "abcdef"}}]},
        },
        "settings": '{"clientSecret": "abcdef", "ratio": 1.10}',
        "relativeURI": "/orders?since={{lastExportDateTime}}&api_key=abcdef",
        "createdAt": "2025-01-11T08:15:00.000Z",
    }  # fmt: skip
    before = copy.deepcopy(record)
    hidden = REDACTION.record({"password": "abcdef"})["password"]
    assert REDACTION.record(record) == before | {
        "http": {
            "auth": {
                "type": "token",
                "token": {
                    "token": "******",
                    "location": "header",
                    "headerName": "X-Key",
                    "_iClientId": "5f",
                    "refreshBody": REDACTION.record({"token": "a"})["token"],
                },
            },
            "headers": [
                {"name": "Authorization", "value": f"Bearer {hidden}"},
                before["http"]["headers"][1],
                before["http"]["headers"][2],
            ],
            "encrypted": {
                "apiKey": hidden,
                "_tokenIds": ["5f"],
                "list": [REDACTION.record({"pin": 1})["pin"], {"_xId": {"deep": hidden}}],
            },
        },
        "settings": f'{{"clientSecret":"{hidden}","ratio":1.10}}',
        "relativeURI": f"/orders?since={{{{lastExportDateTime}}}}&api_key={hidden}",
    }
    assert record == before


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("https://h/x?a=1&token=abcdef&b=2#c", "https://h/x?a=1&token=<>&b=2#c"),
        ("https://s3/x?X-Amz-Date=1&X-Amz-Signature=abcdef", "https://s3/x?X-Amz-Date=1&X-Amz-Signature=<>"),
        ("https://blob/x?sv=1&sig=abcdef&se=2", "https://blob/x?sv=1&sig=<>&se=2"),
        ("curl -H 'Authorization: Bearer abcdef' x", "curl -H 'Authorization: Bearer <>' x"),
        ("Authorization: Bearer abcdef\nHost: h", "Authorization: Bearer <>\nHost: h"),
        ('not {"json": "token": "abcdef"', 'not {"json": "token": "<>"'),
        (r"{\"token\": \"abcdef\"} and", r"{\"token\": \"<>\"} and"),
        ("Server=h;Password=abcdef;Uid=u", "Server=h;Password=<>;Uid=u"),
        ("token={{connection.http.token}}", "token={{connection.http.token}}"),
        ("2025-01-11T08:15:00.000Z", "2025-01-11T08:15:00.000Z"),
        ('{"token":"dup","token":"*"}', '{"token":"*"}'),
        ('\n {"webhook": {"key": "abcdef"}}\n', '{"webhook":{"key":"<>"}}'),
        (r'"{\"webhook\":{\"key\":\"abcdef\"}}"', r'"{\"webhook\":{\"key\":\"<>\"}}"'),
        (
            'cut off: {"webhook": {"verify": "hmac", "key": "abcdef',
            'cut off: {"webhook": {"verify": "hmac", "key": "<>',
        ),
        ("tls = { a: {x: 1}, cert: 'abcdef' }", "tls = { a: {x: 1}, cert: '<>' }"),
        ("of { key: 'order', extract: 'id' } and key: x", "of { key: 'order', extract: 'id' } and key: x"),
        ("/v1/exports/5f00/abcdef/data", "/v1/exports/5f00/<>/data"),
        ("/x?next=https%3A%2F%2Fh%2F%3Ftoken%3Dabcdef", "/x?next=https%3A%2F%2Fh%2F%3Ftoken%3D<>"),
        ("<a:Password Type='x'>abcdef</a:Password><key>1</key>", "<a:Password Type='x'><></a:Password><key>1</key>"),
        ("<tokenId><![CDATA[abcdef]]></tokenId><token> </token>", "<tokenId><![CDATA[<>]]></tokenId><token> </token>"),
        ('{"a": 1e400, "b": [1, 2]}', '{"a": 1e400, "b": [1, 2]}'),
    ],
)
def test_texts(text: str, wanted: str) -> None:
    """Only the secret goes; a change of it is seen, and equal ones are equal."""
    assert REDACTION.text(text) == wanted.replace("<>", REDACTION.record({"token": "abcdef"})["token"])
    assert "abcdef" not in REDACTION.text(text)
    assert "dup" not in REDACTION.text(text)


def test_people_are_hidden_where_asked_for() -> None:
    """Their names, and their addresses in any text or key; otherwise they stay."""
    record = {
        "_id": "s",
        "sharedWithUser": {"_id": "u", "name": "Ada Moreno", "email": "ada@example.com", "accountSSOLinked": "linked"},
        "byUser": {"name": "Ada Moreno"},
        "name": "Orders for ada@example.com",
        "ada@example.com": "mailto:ada%40example.com",
        "notifyEmail": "whoever",
    }
    assert REDACTION.record(record) == record
    found = USERS.record(record)
    assert "Ada" not in str(found)
    assert "ada" not in str(found)
    assert "whoever" not in str(found)
    assert found["sharedWithUser"]["_id"] == "u"
    assert found["sharedWithUser"]["accountSSOLinked"] == "linked"
    assert found["sharedWithUser"]["name"] == found["byUser"]["name"]
    assert found["name"] == f"Orders for {found['sharedWithUser']['email']}"


@pytest.mark.parametrize(
    "entry",
    [
        {"fieldPath": "webhook.key", "oldValue": SECRET, "newValue": f"{SECRET} new"},
        {"fieldPath": "webhook", "oldValue": {"key": SECRET}, "newValue": json.dumps({"key": SECRET})},
        {"fieldPath": "http.encrypted.type", "oldValue": SECRET, "newValue": None},
        {"fieldPath": "http.headers[0]", "newValue": {"name": "X-Api-Key", "value": SECRET}},
        {"op": "replace", "path": "/netsuite/tokenId", "value": SECRET},
        {"path": "http.auth.oauth.clientSecret", "values": [SECRET]},
        {"Name": "X-API-KEY", "Value": SECRET},
        {"KEY": "X_API_KEY", "VALUE": SECRET},
        {"label": "API Key", "default_value": SECRET},
        {"rows": [["X-Api-Key", SECRET], ["Accept", "text/csv"]]},
    ],
)
def test_entries_that_name_what_their_value_is(entry: dict[str, Any]) -> None:
    """Changes of the audit log, patches, presets, and names and values in any spelling."""
    found = REDACTION.record({"entries": [entry]})
    assert SECRET not in str(found)
    assert "[redacted " in str(found)
    assert REDACTION.record(found) == found


@pytest.mark.parametrize(
    "record",
    [
        {"fieldPath": "http.auth.token.location", "oldValue": "header", "newValue": "body"},
        {"fieldPath": "name", "oldValue": "Orders", "newValue": "Orders 2"},
        {"path": "http.auth.type", "values": ["oauth"]},
        {"rows": [["a", "b"]], "fields": ["token", "location"], "publicKey": "MIIB", "_tokenIds": ["5f"]},
        {"credentials": {"maskedValue": "****1234", "publicKey": "MIIB"}},
        {"maxOutputTokens": 4096, "sampleData": {"key": "k", "name": "Grace"}},
    ],
)
def test_entries_that_are_left(record: dict[str, Any]) -> None:
    """Their names say nothing of a secret."""
    assert REDACTION.record(record) == record


PERSON = "Grace Example"


@pytest.mark.parametrize(
    ("record", "wanted"),
    [
        (
            {"sampleData": {"customer": {"firstName": PERSON, "_id": PERSON, "type": PERSON, "vip": True, "tags": [PERSON]}}},
            {"sampleData": {"customer": {"firstName": "<>", "_id": "<>", "type": "<>", "vip": True, "tags": ["<>"]}}},
        ),
        ({"mockOutput": {"page_of_records": [{"record": {"name": PERSON}}]}}, {"mockOutput": {"page_of_records": [{"record": {"name": "<>"}}]}}),
        ({"sampleData": f'[{{"name": "{PERSON}", "n": 1.10}}]'}, {"sampleData": '[{"name":"<>","n":"<1.10>"}]'}),
        ({"mock_response": json.dumps(json.dumps({"name": PERSON}))}, {"mock_response": json.dumps('{"name":"<>"}')}),
        ({"rawData": PERSON, "TESTDATA": [PERSON], "sample-response-data": PERSON}, {"rawData": "<>", "TESTDATA": ["<>"], "sample-response-data": "<>"}),
        ({"sampleHeaders": {"x": PERSON}, "sampleQueryParams": PERSON}, {"sampleHeaders": {"x": "<>"}, "sampleQueryParams": "<>"}),
        ({"settings": json.dumps({"sampleData": PERSON})}, {"settings": '{"sampleData":"<>"}'}),
        (
            {"fieldChanges": [{"fieldPath": "sampleData", "oldValue": None, "newValue": {"name": PERSON}}]},
            {"fieldChanges": [{"fieldPath": "sampleData", "oldValue": None, "newValue": {"name": "<>"}}]},
        ),
        ({"byUser": {"_id": "u", "phone": PERSON}, "fieldPath": "byUser.name", "oldValue": PERSON}, {"byUser": {"_id": "u", "phone": "<>"}, "fieldPath": "byUser.name", "oldValue": "<>"}),
        ({"sampleData": "{{record.name}}", "testData": "", "rawData": None}, {"sampleData": "{{record.name}}", "testData": "", "rawData": None}),
        ({"latestData": PERSON, "drawData": PERSON, "testMode": PERSON}, {"latestData": PERSON, "drawData": PERSON, "testMode": PERSON}),
    ],
)  # fmt: skip
def test_data_of_customers(record: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Where people are hidden, every value of captured data is, in JSON too; its keys and lists stay."""
    person, number = (USERS.record({"sampleData": value})["sampleData"] for value in (PERSON, 1.25))
    assert person.startswith("[redacted ")
    assert number.startswith("[redacted ")
    line = json.dumps(record).encode()
    found = USERS.record(record)
    assert "1.10" not in str(found)
    shown = json.dumps(found).replace(person, "<>")
    ten = json.loads(USERS.line(b'{"sampleData":1.10}'))["sampleData"]
    assert json.loads(shown.replace(ten, "<1.10>")) == wanted
    assert json.loads(USERS.line(line)) == found == USERS.record(found)
    assert REDACTION.record(record) == record


def test_captured_data_of_no_known_form() -> None:
    """CSV, XML and lines of JSON are hidden as a whole; a number as a key is hidden, the name of a field is not."""
    for text in (f"name,phone\n{PERSON},1", f"<a n='{PERSON}'>{PERSON}</a>", f'{{"a":"{PERSON}"}}\n{{"a":1}}'):
        found = USERS.record({"sampleData": text})["sampleData"]
        assert found == USERS.record({"sampleData": found})["sampleData"]
        assert len(found) == len("[redacted 12345678]")
    keys = list(USERS.record({"sampleData": {"+1 555 0100 200": 1, "ada@example.com": 1, "2nd name": 1}})["sampleData"])
    assert [key.startswith("[redacted ") for key in keys] == [True, True, False]


@given(st.sampled_from(KEYS), json_values, st.integers(0, 3))
def test_nothing_planted_under_a_secret_key_survives(key: str, around: Any, depth: int) -> None:
    """As text, in lists and objects, as JSON in a text, as a header or parameter, in a query, anywhere in a record."""
    inside: Any = {"a": [SECRET, {"b": SECRET}], "name": SECRET}
    planted: list[Any] = [
        {key: SECRET},
        {key: inside},
        {key: f'{{"x": "{SECRET}"}}'},
        {key: {"type": {"x": SECRET}, "location": [SECRET]}},
        [{"name": key, "value": SECRET}, {"id": key, "defaultValue": SECRET}],
        json.dumps({"x": [{key: SECRET}]}),
        json.dumps({"x": json.dumps({"name": key, "value": [SECRET]})}),
        f"https://h/?x=1&{key}={SECRET}&y=2",
        f"text with {key}: {SECRET}",
    ]
    record: Any = {"around": around, "planted": planted}
    for _ in range(depth):
        record = {"deeper": [record]}
    before = copy.deepcopy(record)
    found = REDACTION.record(record)
    assert SECRET not in json.dumps(found)
    assert record == before
    assert REDACTION.record(found) == found


@given(json_values)
def test_twice_is_as_once(value: Any) -> None:
    """In records with whatever in them, for both kinds of redaction; other texts than secrets stay."""
    for redaction in (REDACTION, USERS):
        once = redaction.record({"a": value, "token": value, "byUser": value})
        assert redaction.record(once) == once
        line = redaction.line(json.dumps({"a": value}).encode())
        assert redaction.line(line) == line


@given(awkward)
def test_twice_is_as_once_in_texts(text: str) -> None:
    """Of what looks like secrets in all sorts of ways."""
    for redaction in (REDACTION, USERS):
        once = redaction.text(text)
        assert redaction.text(once) == once


@given(
    st.text(min_size=1).filter(lambda text: text.strip("*")), st.text(min_size=1).filter(lambda text: text.strip("*"))
)
def test_a_change_of_a_secret_changes_the_marker(one: str, other: str) -> None:
    """And equal ones stay equal; under another key they are others."""
    first, second = REDACTION.record({"token": one}), REDACTION.record({"token": other})
    assert (first == second) is (one == other)
    if "{{" not in one and "[redacted" not in one:
        assert Redaction(key=KEY + "!").record({"token": one}) != first


def test_numbers_stay_as_they_were_written() -> None:
    """In lines of JSON, also those that Python cannot hold; a broken line is hidden as a whole."""
    long = "9" * 5000
    line = f'{{"a":1.10,"b":1e400,"c":{long},"d":-0.0,"é":"\\ud800","token":1.50}}'.encode()
    found = REDACTION.line(line)
    assert found.startswith(f'{{"a":1.10,"b":1e400,"c":{long},"d":-0.0,'.encode())
    assert b"1.50" not in found
    assert REDACTION.line(found) == found
    for broken in (b'{"token":"abcdef"', b"[1]", b"", b'{"a":' + b"[" * 100_000, b"\xff"):
        hidden = json.loads(REDACTION.line(broken))
        assert list(hidden) == ["redacted"]
        assert "abcdef" not in str(hidden)


def test_half_a_character_stays_one() -> None:
    """As the escape that it came as."""
    assert REDACTION.line(b'{"a":"\\ud800","token":"x"}').startswith(b'{"a":"\\ud800",')


def test_what_shows_itself_once_something_else_is_hidden() -> None:
    """Is hidden too: a text that is JSON only without its broken secret."""
    text = '{"password":"a\\qb","headers":[{"name":"X-API-Key","value":"abcdef"}]}'
    assert "abcdef" not in REDACTION.text(text)


def test_a_caller_that_stands_deep_already() -> None:
    """Gets something hidden rather than an error of the interpreter."""

    def at(depth: int) -> Any:
        return (
            at(depth - 1)
            if depth
            else (REDACTION.record({"a": [[{"b": {"c": SECRET}}]]}), REDACTION.text('[["token=x"]]'))
        )

    seen = set()
    for frames in range(len(inspect.stack()), sys.getrecursionlimit()):
        try:
            found = at(sys.getrecursionlimit() - frames)
        except RecursionError:
            continue
        seen.add(next(iter(found[0])))
        if frames > len(inspect.stack()) + 60:
            break
    assert seen == {"a", "redacted"}


def test_depth_and_odd_types_crash_nothing() -> None:
    """What is nested beyond reason is hidden as one; what is no JSON is passed on, or hidden under a secret key."""
    deep: Any = SECRET
    for _ in range(5000):
        deep = {"a": [deep]}
    assert SECRET not in str(REDACTION.record({"deep": deep}))
    shallow: Any = 1
    for _ in range(150):
        shallow = {"kept": 1, "a": [shallow]}
    found = REDACTION.record(shallow)
    assert found["kept"] == 1
    assert str(found).count("kept") == 51
    objects: Any = 1
    for _ in range(150):
        objects = {"kept": objects}
    assert str(REDACTION.record(objects)).count("kept") == 101
    circle: dict[str, Any] = {}
    circle["a"] = circle
    REDACTION.record(circle)
    odd = {
        1: 2,
        "b": b"x",
        "t": (1, MappingProxyType({"token": "abcdef"})),
        "s": {1},
        None: None,
        "\ud800": "\ud800=token",
    }
    found = REDACTION.record({**odd, "secret": {"s": {1}, "b": b"abcdef", "t": (1.5, float("nan"))}})
    assert "abcdef" not in str(found)
    assert found[1] == 2
    text = "[" * 300 + '"token=abcdef"' + "]" * 300
    for _ in range(5):
        text = json.dumps({"a": text})
    assert "abcdef" not in REDACTION.text(text)
    assert "abcdef" not in REDACTION.text("a=" * 100_000 + " token=abcdef " + "x" * 100_000)


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "token=",
        "://a:",
        "a@b.",
        "Bearer ",
        "{{a.b",
        '\\"',
        "-----BEGIN PRIVATE KEY-----",
        "Cookie: ",
        "eyJaaaaaaaaa.",
        "<token>",
        "<token ",
        "<![CDATA[",
        "%3D",
        "curl -u ",
        "/exports/a/",
    ],
)
def test_no_text_takes_long(unit: str) -> None:
    """However often something that looks like a secret is said in it."""
    begun = time.perf_counter()
    for before, behind in (("", "@"), ("Basic ", "!"), ("token=", ""), ("{", "}")):
        USERS.text(before + unit * (20_000 // len(unit)) + behind)
    assert time.perf_counter() - begun < 1


def test_a_key_that_is_given_is_checked() -> None:
    """Sixteen bytes or characters at least."""
    for key in ("short", b"short", 16 * 1000):
        with pytest.raises(ArgumentError, match="at least 16"):
            Redaction(key=key)
    assert (
        Redaction(key=KEY).fingerprint
        == Redaction(key=KEY.encode()).fingerprint
        != Redaction(key=KEY + "!").fingerprint
    )
    assert KEY not in repr(Redaction(key=KEY))


def test_the_key_of_the_environment_or_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable, else a file that is made once for this user alone, else one of this process with a note."""
    monkeypatch.setenv("CELIGO_REDACTION_KEY", "k" * 16)
    assert Redaction().fingerprint == Redaction(key="k" * 16).fingerprint
    monkeypatch.setenv("CELIGO_REDACTION_KEY", "short")
    with pytest.raises(ConfigurationError, match="CELIGO_REDACTION_KEY holds no key"):
        Redaction().record({"token": "x"})
    monkeypatch.delenv("CELIGO_REDACTION_KEY")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    redaction = Redaction()
    assert redaction.record({"a": "x"}) == {"a": "x"}
    path = tmp_path / "config" / "aiointegrator" / "redaction.key"
    assert not path.exists()
    assert redaction.note is None
    assert redaction.fingerprint == Redaction().fingerprint
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(path.parent) == [path.name]
    path.write_text("cut")
    with pytest.raises(ConfigurationError, match=r"redaction\.key holds no key"):
        _ = Redaction().fingerprint
    monkeypatch.setattr(key_module, "key_file", lambda: Path("/dev/null/redaction.key"))
    alone = Redaction()
    assert alone.note is None
    assert alone.fingerprint != Redaction().fingerprint
    assert "within this run alone" in (alone.note or "")
    assert alone.record({"token": "x"}) == alone.record({"token": "x"})


@pytest.mark.parametrize("around", ["\n", "\r\n", " ", "\ufeff", "\u00a0\u200b"])
def test_what_stands_around_a_key(around: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Does not count, in the variable, in the file, and in text; bytes are taken unchanged."""
    wanted, given = Redaction(key=KEY).fingerprint, f"{around}{KEY}{around}"
    monkeypatch.setenv("CELIGO_REDACTION_KEY", given)
    assert Redaction().fingerprint == Redaction(key=given).fingerprint == wanted
    assert Redaction(key=given.encode()).fingerprint != wanted
    monkeypatch.delenv("CELIGO_REDACTION_KEY")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    path = tmp_path / "aiointegrator" / "redaction.key"
    path.parent.mkdir()
    for data in (given.encode(), b"\xff\xfe" + given.encode("utf-16-le")):
        path.write_bytes(data)
        assert Redaction().fingerprint == wanted
    path.write_bytes(b"\xff" * 20)
    assert Redaction().fingerprint == Redaction(key=b"\xff" * 20).fingerprint


def test_a_key_in_quotation_marks_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a message that says where it stands, and does not show it."""
    monkeypatch.setenv("CELIGO_REDACTION_KEY", f'"{KEY}"')
    with pytest.raises(ConfigurationError, match="^CELIGO_REDACTION_KEY stands in quotation marks") as caught:
        _ = Redaction().fingerprint
    assert KEY not in str(caught.value)
    with pytest.raises(ArgumentError, match="^a redaction key stands in quotation marks"):
        Redaction(key=f"'{KEY}'")
    monkeypatch.delenv("CELIGO_REDACTION_KEY")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    path = tmp_path / "aiointegrator" / "redaction.key"
    path.parent.mkdir()
    path.write_text(f"'{KEY}'\n")
    with pytest.raises(ConfigurationError, match=r"redaction\.key stands in quotation marks"):
        _ = Redaction().fingerprint


@pytest.mark.parametrize("home", [None, "", ".", "~"])
@pytest.mark.parametrize("config", [None, "", "config", "~/config"])
def test_without_a_home_nothing_is_made_here(
    home: str | None, config: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor with one that is no absolute path, and the note says that the key is not kept."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("pwd.getpwuid", {}.__getitem__)  # KeyError, as of a user without an entry
    for name, value in (("HOME", home), ("XDG_CONFIG_HOME", config), ("CELIGO_REDACTION_KEY", None)):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
    redaction = Redaction()
    assert redaction.record({"token": "x"})["token"].startswith("[redacted ")
    assert "is not kept, since there is no home directory" in (redaction.note or "")
    assert list(tmp_path.iterdir()) == []


def test_a_relative_place_for_settings_is_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the specification of XDG_CONFIG_HOME says; the home directory is taken."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", "config")
    assert key_module.key_file() == tmp_path / ".config" / "aiointegrator" / "redaction.key"


def test_another_process_was_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then its key is the one."""
    monkeypatch.delenv("CELIGO_REDACTION_KEY", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    original = os.link

    def late(new: Path, path: Path) -> None:
        Path(path).write_text("theirs, which was here before")
        original(new, path)

    monkeypatch.setattr(os, "link", late)
    assert Redaction().fingerprint == Redaction(key="theirs, which was here before").fingerprint


def test_a_key_counts_in_any_spelling() -> None:
    """Full-width letters and separators are seen through."""
    assert is_secret("ＡＰＩ－Ｋｅｙ")
    assert is_secret("http.auth.token")
    assert not is_secret(5)
