"""Passwords, codes, devices and the side bar: what is decided without store or network."""

from __future__ import annotations

from dataclasses import replace

import pyotp
import pytest
from argon2 import PasswordHasher

from switchboard.console import second_factor
from switchboard.console.devices import agent_in_words, masked
from switchboard.console.navigation import Entry, current, entries_for
from switchboard.console.passwords import Passwords, why_not
from switchboard.console.signing_in import in_words
from switchboard.store.accounts import Account

ANA = Account(
    id="1", name="ana", role="viewer", password_hash="x", sealed_totp=None, totp_step=None,
    created_at=0, disabled_at=None, password_changed_at=None, signed_in_at=None,
)  # fmt: skip
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


@pytest.mark.parametrize(
    "password",
    ["", "elevenchars", "password1234", "PASSWORD!!!!", "123456789012", "aaaaaaaaaaaaaaa",
     "!!Switchboard!!", "qwertyuiop12", "ana.meyer.king", "x" * 201, "2026 2026 1111 4444"],
)  # fmt: skip
def test_what_anybody_would_try_first_is_refused(password: str) -> None:
    assert why_not(password, "ana.meyer.king")


@pytest.mark.parametrize(
    "password",
    ["three quiet otters", "lichtschalter", "пароль на стене", "日本語の長い合言葉です。"],
)
def test_every_other_long_password_is_taken(password: str) -> None:
    """No demand for capitals, digits or signs: length is what counts."""
    assert why_not(password, "ana") == ""


async def test_the_same_password_fits_from_every_keyboard() -> None:
    passwords = Passwords(QUICK)
    held = await passwords.hash("caf\u00e9 an der Ecke")
    assert (await passwords.check(held, "cafe\u0301 an der Ecke")).right
    assert not (await passwords.check(held, "cafe an der Ecke")).right
    assert not (await passwords.check("no hash at all", "caf\u00e9 an der Ecke")).right
    assert not (await passwords.check(None, "")).right


async def test_hashes_move_to_newer_parameters() -> None:
    held = await Passwords(QUICK).hash("three quiet otters")
    newer = Passwords(PasswordHasher(time_cost=2, memory_cost=64, parallelism=1))
    checked = await newer.check(held, "three quiet otters")
    assert checked.right
    assert checked.rehashed
    assert (await newer.check(checked.rehashed, "three quiet otters")).rehashed is None


def test_our_own_parameters_are_those_argon2_recommends() -> None:
    parameters = Passwords()._hasher
    assert parameters.memory_cost >= 64 * 1024
    assert parameters.time_cost >= 3


def test_a_code_fits_half_a_minute_early_and_late() -> None:
    secret, now = second_factor.new_secret(), 1_800_000_015.0
    totp = pyotp.TOTP(secret)
    for drift, fits in ((-60, False), (-30, True), (0, True), (30, True), (60, False)):
        step = second_factor.fitting_step(secret, totp.at(now + drift), now)
        assert (step == (now + drift) // 30) == fits, drift
    for nonsense in ("", "abcdef", "٠١٢٣٤٥", totp.at(now)[:5]):
        assert second_factor.fitting_step(secret, nonsense, now) is None


def test_the_picture_obeys_the_policy() -> None:
    svg = second_factor.picture(second_factor.address(second_factor.new_secret(), "ana"))
    assert svg.startswith("<svg")
    assert "style" not in svg
    assert "script" not in svg


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU like Mac OS X) Version/19.0 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0", "Firefox on Linux"),
        ("<script>", "A browser"),
        ("", "A browser"),
    ],
)
def test_a_device_is_called_what_its_owner_calls_it(header: str, words: str) -> None:
    assert agent_in_words(header) == words


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("203.0.113.77", "203.0.113.x"),
        ("2001:db8:1:2:3::9", "2001:0db8:0001::x"),
        ("127.0.0.1", "this machine"),
        ("unix", "unknown"),
    ],
)
def test_addresses_are_kept_without_their_end(address: str, shown: str) -> None:
    assert masked(address) == shown


def test_the_side_bar_shows_what_somebody_may_open() -> None:
    entries = [Entry("Calls", "/calls", "phone"), Entry("Team", "/team", "team", "administrator")]
    assert [each.title for each in entries_for(ANA, entries)] == ["Calls"]
    assert len(entries_for(replace(ANA, role="administrator"), entries)) == 2


def test_a_page_below_another_belongs_to_it() -> None:
    entries = [Entry("Calls", "/calls", "phone"), Entry("Lost", "/calls/lost", "alert")]
    assert current("/calls/7", entries) == entries[0]
    assert current("/calls/lost/7", entries) == entries[1]
    assert current("/callsign", entries) is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "1 second"),
        (30, "30 seconds"),
        (89, "89 seconds"),
        (90, "2 minutes"),
        (900, "15 minutes"),
    ],
)
def test_waits_are_told_as_people_count_them(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
