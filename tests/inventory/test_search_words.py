"""A search finds parts of words where words have no spaces between them, and everywhere else beginnings of words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inventory.making import make

from aiointegrator.inventory import Database
from aiointegrator.inventory._sql.search_words import indexed, phrase, words

NAMES = {
    "ja": "新日本受注連携 Flow2",
    "kana": "ｵｰﾀﾞｰをNetSuiteへ送る",
    "zh": "客户订单同步",
    "ko": "신규주문연동",
    "th": "ส่งคำสั่งซื้อไปที่คลัง",
    "km": "ការបញ្ជាទិញ",
    "rare": "𠮷野家の注文",
    "en": "Überweisung to NetSuite",
}
FOUND = [
    ("日本", {"ja"}), ("受注", {"ja"}), ("携", {"ja"}), ("新日本受注連携", {"ja"}), ("連携 flo", {"ja"}), ("連携flow", {"ja"}),
    ("オーダー", {"kana"}), ("ｵｰﾀﾞｰ", {"kana"}), ("送", {"kana"}), ("netsuite", {"kana", "en"}), ("NetSuiteへ", {"kana"}),
    ("订单", {"zh"}), ("单同", {"zh"}), ("单订", set()), ("同步 客户", {"zh"}),
    ("주문", {"ko"}), ("문", {"ko"}), ("주문신규", set()),
    ("คำสั่ง", {"th"}), ("ซื้อ", {"th"}), ("ซือ", set()), ("คลัง", {"th"}), ("บញ្ជា", set()), ("បញ្ជា", {"km"}),
    ("𠮷野", {"rare"}), ("注文", {"rare"}), ("注", {"ja", "rare"}),
    ("uber", {"en"}), ("suite", set()), ("u\u0308berw", {"en"}),
]  # fmt: skip


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    flows = [{"_id": one, "name": name} for one, name in NAMES.items()]
    shares = [{"_id": "s", "sharedWithUser": {"name": "山田太郎", "email": "yamada@example.jp"}}]
    return make(tmp_path_factory.mktemp("i") / "i", {"i": {"flows": flows, "ashares": shares}}).directory


@pytest.mark.parametrize(("text", "wanted"), FOUND)
def test_parts_of_words(directory: Path, text: str, wanted: set[str]) -> None:
    """Of one letter and more, in Chinese, Japanese, Korean, Thai and Khmer; marks above letters count."""
    with Database(directory) as base:
        assert base.has_index
        assert {row["id"] for row in base.search(text)} == wanted


def test_names_are_shown_as_they_are(directory: Path) -> None:
    """And people are found too."""
    with Database(directory) as base:
        assert [(row["kind"], row["name"]) for row in base.search("太郎")] == [("ashares", "山田太郎")]
        assert [row["name"] for row in base.search("送る")] == [NAMES["kana"]]


@settings(deadline=None, max_examples=50)
@given(st.text(st.characters(exclude_categories=["Cs"])), st.text('日本ーｱ้ំက한é 1"*', max_size=6))
def test_any_text_may_be_searched_for(directory: Path, text: str, other: str) -> None:
    """No text is an error of the index's own language."""
    with Database(directory) as base:
        for one in (text, other, text + other):
            if words(one):
                list(base.search(one))


@pytest.mark.parametrize("value", [None, 7, "plain", "Ö ж"])
def test_other_values_are_indexed_unchanged(value: Any) -> None:
    """So the index of names in other scripts is what SQLite makes of them."""
    assert indexed(value) == value


def test_only_a_last_word_of_other_scripts_is_a_beginning() -> None:
    """A letter of a script without spaces is a whole word."""
    assert [phrase(one) for one in ("abc", "abc日", "日abc")] == ['"abc"*', '"abc 日"', '"日 abc"*']


def test_a_database_of_a_python_with_fts5_in_one_without(directory: Path) -> None:
    """Every name is read then."""
    with Database(directory) as base:
        base._base.set_authorizer(None)
        base._base.execute("PRAGMA query_only = OFF")
        real = base._base

        class Without:
            def execute(self, sql: str, *values: Any) -> Any:
                import sqlite3

                if " search " in sql:
                    raise sqlite3.OperationalError("no such module: fts5")
                return real.execute(sql, *values)

            def close(self) -> None:
                real.close()

        base._base = Without()  # type: ignore[assignment]  # stands in for a connection
        assert not base.has_index
        assert {row["id"] for row in base.search("日本")} == {"ja"}
