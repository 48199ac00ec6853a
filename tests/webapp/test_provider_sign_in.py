"""Signing in through an OpenID Connect provider: the real application, Streamlit's login, and a small provider here."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from tests.openid_provider import CLIENT, OpenIdProvider
from tests.servers import ROOT, LiveServer
from webapp.doors import SESSION_COOKIE
from webapp.services import sessions

HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def provider() -> Iterator[OpenIdProvider]:
    made = OpenIdProvider()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def glint(tmp_path_factory, provider) -> Iterator[LiveServer]:
    """An installation with an [auth] section, and the link that its admin was given as `.link`."""
    folder = tmp_path_factory.mktemp("oidc")
    with socket.socket() as free:  # the provider must know the address before anything listens there
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / ".streamlit").mkdir()
    (folder / ".streamlit" / "secrets.toml").write_text(
        f'[auth]\nredirect_uri = "http://127.0.0.1:{port}/oauth2callback"\ncookie_secret = "{"s" * 40}"\n'
        f'client_id = "{CLIENT}"\nclient_secret = "c"\n'
        f'server_metadata_url = "{provider.url}/.well-known/openid-configuration"\n'
    )
    environment = {"GLINT_LOGIN": "oidc", "HOME": str(folder), "GLINT_PORT": str(port)}
    made = subprocess.run(
        [sys.executable, "-m", "webapp.accounts", "create-admin", "Ada"], cwd=ROOT, capture_output=True, text=True,
        env=os.environ | environment | {"GLINT_DATA": str(folder / "data")}, check=True, timeout=60,
    )  # fmt: skip
    server = LiveServer(folder / "data", **environment)
    server._port = port  # instead of a free one
    server.start()
    server.link = re.search(r"/invite/\S+", made.stdout).group()
    yield server
    server.stop()


@pytest.fixture
def browser(glint) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=glint.url, headers=HTML, timeout=20) as client:
        yield client


def through_provider(client: httpx.Client, page: httpx.Response) -> httpx.Response:
    """Press the button of a sign-in page and follow everything after it."""
    address = re.search(r'href="(/auth/login[^"]+)"', page.text).group(1).replace("&amp;", "&")
    return client.get(address, follow_redirects=True)


def test_an_invitation_binds_an_identity_which_alone_signs_in_afterwards(glint, provider, browser):
    provider.subject = "stranger"
    refused = through_provider(browser, browser.get("/login"))
    assert refused.status_code == 403
    assert "Ask an admin for an invitation" in refused.text
    assert not [name for name in browser.cookies if name.startswith("_streamlit_user")]

    provider.subject = "ada@lab"
    invited = through_provider(browser, browser.get(glint.link))
    assert invited.status_code == 200
    assert sessions.live(glint.database, browser.cookies[SESSION_COOKIE]).name == "Ada"
    assert not [name for name in browser.cookies if name.startswith("_streamlit_user")]

    with httpx.Client(base_url=glint.url, headers=HTML, timeout=20) as elsewhere:
        through_provider(elsewhere, elsewhere.get("/login"))
        assert sessions.live(glint.database, elsewhere.cookies[SESSION_COOKIE]).name == "Ada"
        assert elsewhere.get(glint.link).status_code == 404


def test_an_old_answer_of_the_provider_signs_nobody_in(glint, provider, browser):
    provider.issued_ago = 3600.0
    try:
        through_provider(browser, browser.get("/login"))
    finally:
        provider.issued_ago = 0.0
    assert SESSION_COOKIE not in browser.cookies


def test_streamlits_cookie_alone_opens_nothing(glint, browser):
    browser.cookies.set("_streamlit_user", "forged")
    assert browser.get("/", follow_redirects=True).url.path == "/login"
    assert browser.get("/_stcore/health", headers={"Accept": "*/*"}).status_code == 401
