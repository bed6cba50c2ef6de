"""Load public names of a package when they are first used, so that importing the package stays quick."""

from __future__ import annotations

TYPE_CHECKING = False  # importing `typing` takes 10 ms, in which Ctrl-C would end the program with a traceback
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


def lazy(package: str, modules: Mapping[str, str]) -> Callable[[str], Any]:
    """Return a module-level `__getattr__` (PEP 562).

    Args:
        package: name of the package that defines it.
        modules: for each public name, the module of the package that it is loaded from. A name that is equal to its
            module is the module itself.
    """

    def load(name: str) -> Any:
        import sys
        from importlib import import_module

        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module = import_module(f".{modules[name]}", package)
        value = module if name == modules[name] else getattr(module, name)
        setattr(sys.modules[package], name, value)
        return value

    return load
