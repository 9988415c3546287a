"""svgo #225, CairoSVG #338: an SVG badge from a drawing program that abbreviates its namespaces with entities.

https://github.com/svg/svgo/issues/225 https://github.com/Kozea/CairoSVG/issues/338

Right: read where it is safe, else undetermined. The product called it damaged, and the badge invalid: a limit of ours is never the
badge's fault. Nothing outside the file is read, and nothing may grow.
"""

from __future__ import annotations

import json
import resource
import time
import zlib
from typing import Any

import pytest

from plugin.badges import Verdict
from plugin.domain import BadgeVerdict
from tests.badges.issuing import SITE, Site, chunk, itxt, judge, png

ADOBE = (
    '<!ENTITY ns_svg "http://www.w3.org/2000/svg"> <!ENTITY ns_flows "http://ns.adobe.com/Flows/1.0/">'
    '<!ENTITY ns_ob "http://openbadges.org">'
)
PUBLIC = 'PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd"'
HOSTED = Site()
JSON = f"<![CDATA[{json.dumps(HOSTED.assertion)}]]>"


def svg(
    subset: str = "", *, body: str = JSON, namespace: str = "http://openbadges.org", doctype: str = PUBLIC
) -> str:
    inner = f" [{subset}]" if subset else ""
    return (
        f'<?xml version="1.0" encoding="utf-8"?><!DOCTYPE svg {doctype}{inner}>'
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="{namespace}">'
        f'<openbadges:assertion verify="{SITE}/assertions/1">{body}</openbadges:assertion><rect width="9"/></svg>'
    )


def verdict(picture: str | bytes) -> Verdict:
    return HOSTED.judge(picture if isinstance(picture, bytes) else picture.encode())


READ = {
    "a plain file": svg(doctype="").replace("<!DOCTYPE svg >", ""),
    "a document type elsewhere": svg(),
    "entities as an Illustrator file declares them": svg(ADOBE),
    "entities used for namespaces": svg(ADOBE, namespace="&ns_ob;"),
    "entities inside the badge": svg(
        f'<!ENTITY site "{SITE}">',
        body=json.dumps(HOSTED.assertion).replace(SITE, "&site;").replace("<", "&lt;"),
    ),
    "an entity as its address": svg(f'<!ENTITY at "{SITE}/assertions/1">', body="").replace(
        f'verify="{SITE}/assertions/1"', 'verify="&at;"'
    ),
    "attributes declared as Adobe's older programs do": svg(
        "<!ATTLIST svg xmlns:a CDATA #IMPLIED a:scriptImplementation CDATA #IMPLIED>"
    ),
    "an entity that nothing uses": svg('<!ENTITY unused "x">'),
}


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_what_is_safe_is_read(name: str, encoding: str) -> None:
    picture = READ[name].replace('encoding="utf-8"', f'encoding="{encoding}"').encode(encoding)
    found = verdict(picture)
    assert (found.verdict, found.codes) == (BadgeVerdict.VALID, ())


def laughs(deep: int = 12) -> str:
    rows = ['<!ENTITY l0 "ha">', *(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, deep))]
    return svg("".join(rows), body=f"&l{deep - 1};")


OURS: dict[str, tuple[Any, str]] = {
    "a billion laughs": (laughs(), "image_entities"),
    "one long entity many times": (
        svg(f'<!ENTITY a "{"x" * 1900}">', body="&a;" * 400_000),
        "image_entities",
    ),
    "an entity longer than any name": (svg(f'<!ENTITY a "{"x" * 3_000}">'), "image_entities"),
    "thousands of entities": (svg("".join(f'<!ENTITY e{n} "x">' for n in range(3_000))), "image_entities"),
    "a file of this machine": (
        svg('<!ENTITY a SYSTEM "file:///etc/hostname">', body="&a;"),
        "image_entities",
    ),
    "an address elsewhere": (svg(f'<!ENTITY a PUBLIC "x" "{SITE}/x">', body="&a;"), "image_entities"),
    "a parameter entity": (svg(f'<!ENTITY % a SYSTEM "{SITE}/x.dtd"> %a;'), "image_entities"),
    "a parameter entity inside": (svg("<!ENTITY % a \"<!ENTITY b 'x'>\"> %a;", body="&b;"), "image_entities"),
    "an entity that is no text": (
        svg('<!NOTATION n SYSTEM "n"><!ENTITY a SYSTEM "a.gif" NDATA n>'),
        "image_entities",
    ),
    "an entity of the document type elsewhere": (svg(body="&copy;"), "image_entities"),
    "defaults for every element": (
        svg(f'<!ATTLIST rect a CDATA "{"x" * 1_000_000}">') + "<rect/>" * 100,
        "image_entities",
    ),
    "an endless badge": (svg(body="\n" * 4_000_000), "too_large"),
    "an endless drawing": (svg(body="<g/>" * 200_001), "too_large"),
    "an unfolding PNG": (png(chunk(b"zTXt", b"openbadges\0\0" + zlib.compress(bytes(2**20)))), "too_large"),
    "a long PNG": (png(itxt(b"x" * 400_000)), "too_large"),
    "a badge of many layers": ('{"a":' * 60 + "1" + "}" * 60, "too_large"),
}


@pytest.mark.parametrize("name", OURS)
def test_a_limit_of_ours_is_not_the_badges_fault(name: str) -> None:
    raw, code = OURS[name]
    data = raw.encode() if isinstance(raw, str) else raw
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    found = verdict(data)
    assert (found.verdict, found.codes) == (BadgeVerdict.UNDETERMINED, (code,))
    assert time.process_time() - started < 2.0
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64_000  # kilobytes


@pytest.mark.parametrize(
    "picture", [b"<svg", b"<svg>&a;</svg>", b"<svg><a></svg>", svg(ADOBE)[:-10].encode()]
)
def test_what_is_damaged_still_is(picture: bytes) -> None:
    found = judge(picture)
    assert (found.verdict, found.codes) == (BadgeVerdict.INVALID, ("invalid_image",))
