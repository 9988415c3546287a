"""Badges inside PNG and SVG files, found without decoding a pixel."""

from __future__ import annotations

import json
import resource
import zlib

import pytest

from plugin.badges import Limits
from plugin.badges.codes import BadgeProblem
from plugin.badges.reading.baking import unbake
from plugin.domain import BadgeVerdict
from tests.badges.issuing import Issuer, Site, chunk, dump, itxt, judge, png, token

LIMITS = Limits()
SVG3 = "https://purl.imsglobal.org/ob/v3p0"


def svg(inner: str, namespace: str = SVG3) -> bytes:
    return (
        '<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/x.dtd">'
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="{namespace}">'
        f"<script>alert(1)</script>{inner}<rect/></svg>"
    ).encode()


def signed() -> bytes:
    issuer = Issuer()
    return dump(issuer.sign(issuer.badge()))


@pytest.mark.parametrize("compressed", [False, True])
def test_badge_in_itxt_is_valid(compressed: bool) -> None:
    assert judge(png(itxt(signed(), compressed=compressed))).verdict is BadgeVerdict.VALID


def test_token_in_itxt_and_svg_is_valid() -> None:
    issuer = Issuer()
    text = token(issuer.badge(), {"alg": "EdDSA", "kid": issuer.method}, issuer.key)
    assert judge(png(itxt(text.encode()))).verdict is BadgeVerdict.VALID
    assert judge(svg(f'<openbadges:credential verify="{text}"/>')).verdict is BadgeVerdict.VALID


def test_json_in_svg_is_valid() -> None:
    inner = f"<openbadges:credential><![CDATA[{signed().decode()}]]></openbadges:credential>"
    assert judge(svg(inner)).verdict is BadgeVerdict.VALID


@pytest.mark.parametrize(
    "picture",
    [
        png(chunk(b"tEXt", b"openbadges\0https://academy.example.org/assertions/1")),
        png(chunk(b"zTXt", b"openbadges\0\0" + zlib.compress(b"https://academy.example.org/assertions/1"))),
        png(itxt(b"https://academy.example.org/assertions/1", b"openbadges")),
        svg(
            '<openbadges:assertion verify="https://academy.example.org/assertions/1"/>',
            "http://openbadges.org",
        ),
    ],
)
def test_address_of_a_hosted_badge_in_any_picture_is_followed(picture: bytes) -> None:
    assert Site().judge(picture).verdict is BadgeVerdict.VALID


def test_version_2_json_in_svg_is_judged_by_the_hosted_copy() -> None:
    site = Site()
    inner = f'<openbadges:assertion verify="{site.assertion["id"]}"><![CDATA[{json.dumps(site.assertion)}]]></openbadges:assertion>'
    assert site.judge(svg(inner, "http://openbadges.org")).verdict is BadgeVerdict.VALID


@pytest.mark.parametrize(
    ("picture", "code"),
    [
        (png(), "not_baked"),
        (png(chunk(b"tEXt", b"Software\0x")), "not_baked"),
        (svg(""), "not_baked"),
        (svg("<openbadges:credential/>"), "not_baked"),
        (png(itxt(b"{}"), itxt(b"{}")), "invalid_image"),
        (svg("<openbadges:credential verify='a.b.c'/>" * 2), "invalid_image"),
        (svg("<openbadges:credential verify='a.b.c'>{}</openbadges:credential>"), "invalid_image"),
        (png(itxt(b"{}"))[:-12], "invalid_image"),
        (png(itxt(b"{}"))[:-30], "invalid_image"),
        (
            png(itxt(b"{}")).replace(b"openbadgecredential\0\0\0\0\0{}", b"openbadgecredential\0\0\0\0\0[]"),
            "invalid_image",
        ),
        (png(chunk(b"iTXt", b"openbadges\0\1\1\0\0x")), "invalid_image"),
        (png(chunk(b"zTXt", b"openbadges\0\1x")), "invalid_image"),
        (png(chunk(b"iTXt", b"openbadges\0\0")), "invalid_image"),
        (png(chunk(b"tEXt", b"openbadges\0\xff")), "invalid_image"),
        (b"<svg", "invalid_image"),
        (b'<!DOCTYPE s [<!ENTITY a "b">]><svg>&a;</svg>', "not_baked"),
        (b"<svg>&a;</svg>", "invalid_image"),
    ],
)
def test_picture_without_exactly_one_readable_badge_is_invalid(picture: bytes, code: str) -> None:
    with pytest.raises(BadgeProblem) as problem:
        unbake(picture, LIMITS)
    assert problem.value.code == code
    assert judge(picture).verdict is BadgeVerdict.INVALID


def bomb(megabytes: int) -> bytes:
    stream = zlib.compressobj(9)
    return b"".join([*(stream.compress(bytes(2**20)) for _ in range(megabytes)), stream.flush()])


@pytest.mark.parametrize("kind", ["zTXt", "iTXt"])
def test_compressed_bomb_is_refused_without_unfolding_it(kind: str) -> None:
    head = b"openbadges\0\0" if kind == "zTXt" else b"openbadges\0\1\0\0\0"
    picture = png(chunk(kind.encode(), head + bomb(300)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(BadgeProblem) as problem:
        unbake(picture, LIMITS)
    assert problem.value.code == "too_large"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32_000  # kilobytes


def test_badge_text_beyond_its_bound_and_too_many_chunks_are_refused() -> None:
    for picture in (png(itxt(b"x" * (LIMITS.baked_text_bytes + 1))), png(*[chunk(b"aaAa", b"")] * 20_001)):
        with pytest.raises(BadgeProblem) as problem:
            unbake(picture, LIMITS)
        assert problem.value.code == "too_large"


def test_huge_pixel_dimensions_cost_nothing() -> None:
    header = chunk(b"IHDR", b"\x7f\xff\xff\xff\x7f\xff\xff\xff\x08\x06\0\0\0")
    picture = b"\x89PNG\r\n\x1a\n" + header + itxt(signed()) + chunk(b"IEND", b"")
    assert judge(picture).verdict is BadgeVerdict.VALID
