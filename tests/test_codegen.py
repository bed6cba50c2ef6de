"""Generated files come from the description, and from nowhere else."""

from __future__ import annotations

import copy
import functools
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_spec_validator import validate
from pydantic import BaseModel

from aiointegrator._codegen import __main__ as codegen
from aiointegrator._codegen import changes, endpoints
from aiointegrator._codegen.description import DescriptionError, read
from aiointegrator._codegen.names import attribute, constant
from aiointegrator._wire import READ_ONLY_FIELDS
from aiointegrator.endpoints._operations import OPERATIONS
from aiointegrator.endpoints.integrations import _AUDIT_ENTRIES, _FLOWS

PACKAGE = Path(codegen.__file__).resolve().parent.parent


@pytest.fixture
def package(tmp_path: Path) -> Path:
    shutil.copytree(PACKAGE / "models", tmp_path / "models", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(PACKAGE / "endpoints", tmp_path / "endpoints", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PACKAGE / "openapi.yaml", tmp_path)
    return tmp_path


def document() -> dict[str, Any]:
    return copy.deepcopy(_document())


@functools.cache
def _document() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((PACKAGE / "openapi.yaml").read_text())
    return loaded


def write(described: dict[str, Any], folder: Path) -> None:
    (folder / "openapi.yaml").write_text(json.dumps(described))  # which is YAML, and written in no time


def test_the_description_is_valid_openapi() -> None:
    """Others can mock and validate with it."""
    assert document()["openapi"].startswith("3.1")
    validate(document())


def test_the_description_has_the_23_operations_of_the_article_and_those_beside() -> None:
    """Nothing of the article is missing, and nothing else has crept in but token info and the account's lists."""
    one = "/v1/integrations/{integrationId}"
    assert {(op.method, op.path) for op in OPERATIONS} == {
        ("GET", "/v1/tokenInfo"),
        ("GET", "/v1/flows"),
        ("GET", "/v1/exports"),
        ("GET", "/v1/imports"),
        ("GET", "/v1/connections"),
        ("GET", "/v1/ashares"),
        ("GET", "/v1/integrations"),
        ("POST", "/v1/integrations"),
        ("GET", one),
        ("PUT", one),
        ("PATCH", one),
        ("DELETE", one),
        ("POST", f"{one}/clone"),
        ("GET", f"{one}/flows"),
        ("GET", f"{one}/connections"),
        ("PUT", f"{one}/connections/register"),
        ("PUT", f"{one}/connections/{{connectionId}}/register"),
        ("DELETE", f"{one}/connections/{{connectionId}}/register"),
        ("GET", f"{one}/exports"),
        ("GET", f"{one}/imports"),
        ("GET", f"{one}/ashares"),
        ("POST", f"{one}/revisions/create"),
        ("GET", f"{one}/installSteps"),
        ("POST", f"{one}/installSteps"),
        ("GET", f"{one}/uninstallSteps"),
        ("POST", f"{one}/uninstallSteps"),
        ("GET", f"{one}/audit"),
        ("GET", f"{one}/template"),
        ("GET", f"{one}/dependencies"),
    }


def test_slow_operations_have_the_deadlines_that_were_agreed() -> None:
    """Clone has 360 s, the steps 300 s, everything else 30 s."""
    slow = {op.name.partition(".")[2]: op.timeout for op in OPERATIONS if op.timeout != 30.0}
    assert slow == {
        "clone": 360.0,
        "get_install_steps": 300.0,
        "submit_install_step": 300.0,
        "get_uninstall_steps": 300.0,
        "submit_uninstall_step": 300.0,
    }


def test_only_what_may_be_repeated_is_repeated() -> None:
    """Creating, cloning, snapshots, patches and steps are never repeated on an unknown outcome; some are GETs."""
    assert {op.name.partition(".")[2] for op in OPERATIONS if op.repeat == "unsafe"} == {
        "create",
        "patch",
        "clone",
        "create_snapshot",
        "get_install_steps",
        "submit_install_step",
        "get_uninstall_steps",
        "submit_uninstall_step",
    }


@pytest.mark.parametrize("key", ["x-source", "x-retry", "x-timeout", "x-operation", "x-result", "summary"])
def test_an_operation_that_lacks_something_is_refused(tmp_path: Path, key: str) -> None:
    """The generator names the operation and what it lacks."""
    described = document()
    del described["paths"]["/integrations/{integrationId}/clone"]["post"][key]
    write(described, tmp_path)
    with pytest.raises(DescriptionError, match=f"cloneIntegration has no {key}"):
        read(tmp_path / "openapi.yaml")


def test_an_operation_without_success_code_is_refused(tmp_path: Path) -> None:
    """An operation whose success nobody knows cannot be generated."""
    described = document()
    responses = described["paths"]["/integrations"]["post"]["responses"]
    del responses["200"], responses["201"]
    write(described, tmp_path)
    with pytest.raises(DescriptionError, match="createIntegration has no success code"):
        read(tmp_path / "openapi.yaml")


def test_an_unknown_retry_class_is_refused(tmp_path: Path) -> None:
    """A word that the retry rules do not know is refused."""
    described = document()
    described["paths"]["/integrations"]["post"]["x-retry"] = "perhaps"
    write(described, tmp_path)
    with pytest.raises(DescriptionError, match="createIntegration"):
        read(tmp_path / "openapi.yaml")


@pytest.mark.parametrize("seconds", [0, -1, "soon", True])
def test_a_timeout_that_is_no_time_is_refused(tmp_path: Path, seconds: object) -> None:
    """A deadline of nothing would fail every call."""
    described = document()
    described["paths"]["/integrations"]["post"]["x-timeout"] = seconds
    write(described, tmp_path)
    with pytest.raises(DescriptionError, match="createIntegration: x-timeout must be seconds"):
        read(tmp_path / "openapi.yaml")


@pytest.mark.parametrize(
    ("wire", "twice"), [("id", "id"), ("_name", "name"), ("settings_", "settings_"), ("createdAt_datetime", None)]
)
def test_two_properties_with_one_attribute_are_refused(tmp_path: Path, wire: str, twice: str | None) -> None:
    """A class would keep the last alone, and lose the other field without a word."""
    described = document()
    properties = described["components"]["schemas"]["Grouping"]["properties"]
    properties[wire] = {"type": "string"}
    if twice == "settings_":
        properties["_settings_"] = {"type": "string"}
    if twice is None:
        properties["createdAt"], twice = {"$ref": "#/components/schemas/Timestamp"}, "created_at_datetime"
    write(described, tmp_path)
    with pytest.raises(DescriptionError, match=f"schema Grouping has two attributes {twice};"):
        read(tmp_path / "openapi.yaml")


def test_what_replace_leaves_out_is_what_the_description_says() -> None:
    """The list stands in the description for readers, and in `_wire` for the code."""
    described = document()["paths"]["/integrations/{integrationId}"]["put"]
    assert tuple(described["x-leave-out"]) == READ_ONLY_FIELDS


def test_an_object_without_a_name_is_refused(tmp_path: Path) -> None:
    """Every model has a name of its own in the description."""
    described = document()
    described["components"]["schemas"]["Flow"]["properties"]["x"] = {"type": "object", "properties": {"a": {}}}
    write(described, tmp_path)
    with pytest.raises(DescriptionError, match="a name of its own"):
        read(tmp_path / "openapi.yaml")


def test_a_schema_without_source_is_refused(tmp_path: Path) -> None:
    """Nobody knows any more where it was learned."""
    described = document()
    del described["components"]["schemas"]["Flow"]["x-source"]
    write(described, tmp_path)
    with pytest.raises(DescriptionError, match="schema Flow has no x-source"):
        read(tmp_path / "openapi.yaml")


@pytest.mark.parametrize("name", ["timeout", "query", "dry_run", "extra"])
def test_a_field_that_is_called_like_an_option_of_update_is_refused(tmp_path: Path, name: str) -> None:
    """A call could not tell which of the two is meant; with an x-name, both can be."""
    described = document()
    properties = described["components"]["schemas"]["IntegrationWrite"]["properties"]
    properties[name] = {"type": "string"}
    write(described, tmp_path)
    found = read(tmp_path / "openapi.yaml")
    with pytest.raises(DescriptionError, match=f"{name} is an option of update"):
        changes.render(found.schemas, found.operations)


def test_the_keywords_of_update_are_keys_that_a_class_can_have(tmp_path: Path) -> None:
    """Both spellings, in the types that a caller may give; not one that Python would rename or refuse."""
    described = document()
    described["components"]["schemas"]["IntegrationWrite"]["properties"] = {
        "class": {"type": "integer"},
        "__v": {"type": "number"},
        "a-b": {"type": "array", "items": {"type": "string"}},
        "_xId": {"type": "object", "additionalProperties": True, "description": "What x is."},
        "group": {"$ref": "#/components/schemas/Grouping"},
    }
    write(described, tmp_path)
    found = read(tmp_path / "openapi.yaml")
    [source] = changes.render(found.schemas, found.operations).values()
    assert re.findall(r"^    (\w+: .*)$", source, re.MULTILINE) == [
        "class_: int | None",
        "v: int | float | None",
        "x_id: Mapping[str, Any] | None",
        "_xId: Mapping[str, Any] | None",
        "group: models.Grouping | Mapping[str, Any] | None",
    ]
    assert "x_id: What x is." in source


def test_generating_twice_gives_the_same_bytes(package: Path) -> None:
    """Nothing depends on when or where it is generated."""
    first = codegen.generate(package)
    assert codegen.write(package) == len(first)
    assert codegen.generate(package) == first
    assert codegen.drift(package) == []


def test_a_hand_edit_a_stray_and_a_missing_file_are_drift(package: Path) -> None:
    """Each is named."""
    (package / "models" / "flow.py").write_text("# mended by hand\n")
    (package / "models" / "extra.py").write_text("")
    (package / "endpoints" / "account.py").unlink()
    assert codegen.drift(package) == [
        "missing: endpoints/account.py",
        "stray: models/extra.py",
        "edited by hand: models/flow.py",
    ]


def test_the_check_ends_with_one_where_there_is_drift(
    package: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What CI runs can fail."""
    monkeypatch.setattr(codegen.drift, "__defaults__", (package,))
    assert codegen.main(["--check"]) == 0
    (package / "models" / "flow.py").write_text("")
    assert codegen.main(["--check"]) == 1
    assert "make codegen" in capsys.readouterr().out


def test_writing_says_how_many_files(
    package: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`make codegen` mends what the check found."""
    monkeypatch.setattr(codegen.write, "__defaults__", (package,))
    (package / "models" / "flow.py").write_text("")
    assert codegen.main([]) == 0
    assert "wrote" in capsys.readouterr().out
    assert codegen.drift(package) == []


@pytest.mark.parametrize("argument", ["--help", "--chekc", "check"])
def test_an_unknown_argument_writes_nothing(
    package: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], argument: str
) -> None:
    """A slip of the pen does not overwrite files."""
    monkeypatch.setattr(codegen.write, "__defaults__", (package,))
    (package / "models" / "flow.py").write_text("")
    assert codegen.main([argument]) == 2
    assert "usage" in capsys.readouterr().err
    assert (package / "models" / "flow.py").read_text() == ""


def test_the_locale_does_not_matter(package: Path) -> None:
    """Text beyond ASCII gives the same bytes on a machine that is set up for ASCII."""
    description = package / "openapi.yaml"
    text = description.read_text(encoding="utf-8").replace(
        "Create an integration.", "Create an integration \u2013 new."
    )
    description.write_text(text, encoding="utf-8")
    shutil.copytree(PACKAGE / "_codegen", package / "_codegen", ignore=shutil.ignore_patterns("__pycache__"))
    environment = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    subprocess.run([sys.executable, "-m", "_codegen"], cwd=package, env=environment, check=True, capture_output=True)
    assert "Create an integration \u2013 new." in (package / "endpoints" / "integrations.py").read_text(
        encoding="utf-8"
    )


def test_a_model_is_found_by_way_of_its_package(package: Path) -> None:
    """Whatever the model is called."""
    description = package / "openapi.yaml"
    description.write_text(
        re.sub(r"\bTokenInfo\b", "S3INFO2", description.read_text(encoding="utf-8")), encoding="utf-8"
    )
    source = codegen.generate(package)["endpoints/account.py"]
    assert "from .. import models\n" in source
    assert ") -> models.S3INFO2:\n" in source
    assert ' one("S3INFO2")\n' in source


def test_ids_need_not_be_described_in_the_order_of_the_path(tmp_path: Path) -> None:
    """The coroutine takes them as they are described, the path as they stand in it."""
    described = document()
    path = "/integrations/{_id}/apikeys/{_keyId}"
    integration = described["paths"]["/integrations/{integrationId}"]["get"]
    key, owner = ({"name": name, "in": "path", "schema": {"type": "string"}} for name in ("_keyId", "_id"))
    described["paths"] = {path: {"get": integration | {"parameters": [key, owner]}}}
    write(described, tmp_path)
    code = endpoints.render(read(tmp_path / "openapi.yaml").operations, {"Integration"})["endpoints/integrations.py"]
    assert "(self, key_id: str, id: str, " in code
    assert """f"/v1/integrations/{_wire.segment('_id', id)}" f"/apikeys/{_wire.segment('_keyId', key_id)}\"""" in code


def test_lists_of_logs_say_so(tmp_path: Path) -> None:
    """What `x-log` marks in the description; audit entries are, and records are not."""
    assert _AUDIT_ENTRIES.log
    assert _AUDIT_ENTRIES.plain().log
    assert _AUDIT_ENTRIES.raw().log
    assert not _FLOWS.log
    described = document()
    described["components"]["schemas"]["Flow"]["x-log"] = True
    write(described, tmp_path)
    code = endpoints.render(read(tmp_path / "openapi.yaml").operations, {"Flow"})["endpoints/flows.py"]
    assert '= items("Flow", log=True)' in code


def test_source_that_ruff_cannot_read_stops_the_generator() -> None:
    """Broken code is never written."""
    with pytest.raises(SystemExit, match="ruff failed"):
        codegen._formatted("def (:\n", "x.py")


@pytest.mark.parametrize(
    ("wire", "python"),
    [
        ("_id", "id"),
        ("_integrationId", "integration_id"),
        ("__linkedLookupCacheIds", "linked_lookup_cache_ids"),
        ("signedURL", "signed_url"),
        ("accountMFARequired", "account_mfa_required"),
        ("allowAccessToAPIM", "allow_access_to_apim"),
        ("netsuite_da", "netsuite_da"),
        ("s3", "s3"),
        ("from", "from_"),
        ("import", "import_"),
        ("copy", "copy_"),
        ("lastModified", "last_modified"),
    ],
)
def test_names(wire: str, python: str) -> None:
    """Wire names become Python's, keywords and names that a model has gain an underscore."""
    assert attribute(wire) == python


def test_no_attribute_hides_one_of_the_models() -> None:
    """Every public name of pydantic's base is taken, so a property of that name gains an underscore."""
    taken = {name for name in dir(BaseModel) if not name.startswith(("_", "model_"))}
    assert {name for name in taken if attribute(name) == name} == set()


def test_constants() -> None:
    """A shape's constant is named after its model."""
    assert constant("InstallStep", plural=True) == "_INSTALL_STEPS"
    assert constant("AuditEntry", plural=True) == "_AUDIT_ENTRIES"
    assert constant("AShare") == "_ASHARE"
