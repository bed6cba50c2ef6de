"""NO_PROXY: every form that curl or Go knows."""

from __future__ import annotations

import pytest

from aiointegrator.session._no_proxy import names
from aiointegrator.session._proxy import Proxy

API = "api.integrator.io"


@pytest.mark.parametrize(
    ("no_proxy", "host", "port"),
    [
        ("*", API, 443),
        ("x.example,*", API, 443),
        (API, API, 443),
        ("API.Integrator.IO", API, 443),
        (API, "API.INTEGRATOR.IO", 443),
        ("integrator.io", API, 443),
        (".integrator.io", API, 443),
        (".integrator.io", "integrator.io", 443),
        ("*.integrator.io", API, 443),
        ("integrator.io.", API, 443),
        ("integrator.io", f"{API}.", 443),
        ("a.example, integrator.io", API, 443),
        ("a.example integrator.io", API, 443),
        (" \ta.example\n,,integrator.io,", API, 443),
        (f"{API}:443", API, 443),
        (".integrator.io:8443", API, 8443),
        ("*:443", API, 443),
        ("10.1.2.3", "10.1.2.3", 443),
        ("10.0.0.0/8", "10.1.2.3", 443),
        ("10.9.9.9/8", "10.1.2.3", 443),
        ("10.1.2.3:443", "10.1.2.3", 443),
        ("10.0.0.0/8", "::ffff:10.1.2.3", 443),
        ("::ffff:10.0.0.0/104", "10.1.2.3", 443),
        ("2001:db8::1", "2001:db8::1", 443),
        ("2001:0DB8:0::1", "2001:db8::1", 443),
        ("[2001:db8::1]", "2001:db8::1", 443),
        ("[2001:db8::1]:443", "2001:db8::1", 443),
        ("2001:db8::/32", "2001:db8::1", 443),
        ("[2001:db8::/32]", "2001:db8::1", 443),
        ("[2001:db8::]/32", "2001:db8::1", 443),
        ("fe80::/10", "fe80::1%eth0", 443),
        ("bücher.example", "xn--bcher-kva.example", 443),
        ("xn--bcher-kva.example", "BÜCHER.example", 443),
    ],
)
def test_hosts_that_are_named(no_proxy: str, host: str, port: int) -> None:
    """They are reached directly."""
    assert names(no_proxy, host, port)


@pytest.mark.parametrize(
    ("no_proxy", "host", "port"),
    [
        ("", API, 443),
        (" , ", API, 443),
        (".", API, 443),
        ("rator.io", API, 443),
        ("api.integrator.io.example", API, 443),
        (f"www.{API}", API, 443),
        ("*.integrator.io", "integrator.io", 443),
        ("*integrator.io", API, 443),
        (f"{API}:8443", API, 443),
        (f"{API}:443x", API, 443),
        ("10.0.0.0/8", "11.1.2.3", 443),
        ("10.0.0.0/33", "10.1.2.3", 443),
        ("2.3", "10.1.2.3", 443),
        ("10.", "10.1.2.3", 443),
        ("10.1.2.3", "110.1.2.3", 443),
        ("10.0.0.0/8", "10.example", 443),
        ("0.0.0.0/0", "2001:db8::1", 443),
        ("2001:db8::/32", "2001:db9::1", 443),
        ("[2001:db8::1]:80", "2001:db8::1", 443),
        ("::/0", API, 443),
        ("[", API, 443),
    ],
)
def test_hosts_that_are_not(no_proxy: str, host: str, port: int) -> None:
    """They go through the proxy."""
    assert not names(no_proxy, host, port)


@pytest.mark.parametrize(
    ("variables", "url", "direct"),
    [
        ({"NO_PROXY": f"{API}:443"}, f"https://{API}", True),
        ({"NO_PROXY": f"{API}:443"}, f"https://{API}:8443", False),
        ({"NO_PROXY": "[2001:db8::]/32"}, "https://[2001:db8::1]:8443/v1", True),
        ({"no_proxy": API, "NO_PROXY": "x"}, f"https://{API}", True),
        ({"no_proxy": "x", "NO_PROXY": API}, f"https://{API}", False),
        ({"no_proxy": " ", "NO_PROXY": API}, f"https://{API}", True),
        ({"NO_PROXY": f"\ufeff{API}"}, f"https://{API}", True),
    ],
)
def test_the_variables(variables: dict[str, str], url: str, direct: bool) -> None:
    """The one in lower case first, as with curl; the port is that of the scheme where the address has none."""
    proxy = Proxy.of_environment({"HTTPS_PROXY": "http://proxy.example:3128", **variables})
    assert (proxy.of(url) is None) is direct
