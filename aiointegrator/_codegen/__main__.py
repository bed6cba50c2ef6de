"""`python -m aiointegrator._codegen` writes the generated files; `--check` says whether they are as they would be."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from . import changes, endpoints, models
from .description import read

PACKAGE = Path(__file__).resolve().parent.parent
FOLDERS = ("models", "endpoints")
BY_HAND = {"models/_base.py", "models/_items.py"}


def generate(package: Path = PACKAGE) -> dict[str, str]:
    """Path below the package -> what the file must hold, formatted."""
    description = read(package / "openapi.yaml")
    names = {schema.name for schema in description.schemas}
    files = models.render(description.schemas) | endpoints.render(description.operations, names)
    files |= changes.render(description.schemas, description.operations)
    return {path: _formatted(source, path) for path, source in sorted(files.items())}


def drift(package: Path = PACKAGE) -> list[str]:
    """What differs between the generated files and what would be generated: a line for each."""
    wanted = generate(package)
    there = {
        path.relative_to(package).as_posix()
        for folder in FOLDERS
        for path in (package / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    } - BY_HAND
    found = [f"missing: {path}" for path in sorted(wanted.keys() - there)]
    found += [f"stray: {path}" for path in sorted(there - wanted.keys())]
    return found + [
        f"edited by hand: {path}"
        for path in sorted(there & wanted.keys())
        if (package / path).read_bytes() != wanted[path].encode()
    ]


def write(package: Path = PACKAGE) -> int:
    """Write every generated file; returns how many."""
    files = generate(package)
    for path, source in files.items():
        (package / path).parent.mkdir(exist_ok=True)
        (package / path).write_bytes(source.encode())
    return len(files)


def _formatted(source: str, path: str) -> str:
    """The source as ruff leaves it, whatever configuration stands around."""
    options = ["--isolated", "--stdin-filename", Path(path).name]
    line = ["--line-length", "120"]
    imports = [
        "check",
        "--select",
        "I,F401",
        "--fix",
        "--quiet",
        "--target-version",
        "py311",
        *line,
        *options,
        "-",
    ]
    sorted_ = _ruff(imports, source)
    return _ruff(["format", "--quiet", "--target-version", "py311", *line, *options, "-"], sorted_)


def _ruff(arguments: list[str], source: str) -> str:
    command = [str(Path(sys.executable).with_name("ruff")), *arguments]
    done = subprocess.run(command, input=source.encode(), capture_output=True, check=False)  # noqa: S603 - our own ruff
    output = done.stdout.decode()
    if done.returncode:
        raise SystemExit(f"ruff failed: {done.stderr.decode() or output}\n{source}")
    return output


def main(arguments: list[str]) -> int:
    """Returns the exit code: 1 where `--check` finds a difference, 2 for an argument that there is not."""
    if arguments not in ([], ["--check"]):
        print("usage: python -m aiointegrator._codegen [--check]", file=sys.stderr)
        return 2
    if arguments:
        differences = drift()
        for line in differences:
            print(line)
        if differences:
            print("run `make codegen` and delete what is stray; generated files are changed through openapi.yaml only")
        return 1 if differences else 0
    print(f"wrote {write()} files")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
