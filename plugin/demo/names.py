"""Names that nobody can take for a real person's, so that the demo company never looks like somebody's data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

_GIVEN_TEXT = """
Ada Bram Cleo Dov Elin Fenn Gita Hugo Ines Jory Kaya Levi Mira Nils Odal Pia Quin Rosa Sven Tala Umar Vera Wim Xenia
Yara Zeno Anouk Bela Ciro Dina Emre Fleur Goran Hana Ilya Juna Karel Lotte Milo Noor Otis Petra Rafi Saskia Tomas Ulla
Vito Wanda Yusuf Zora
"""
_STEM_TEXT = """
Sample Test Mock Demo Fixture Dummy Model Draft Proto Outline Sketch Figment Invent Madeup Pretend Stand Trial Pattern
Replica Storybook
"""
_ENDING_TEXT = "wood ford field berg ton stone brook man sen well gate mark by land worth"
GIVEN = tuple(_GIVEN_TEXT.split())
# The first surnames are whole words; the rest are a stem and an ending, e.g. "Mockford".
SURNAMES = (
    *("Example", "Sample", "Specimen", "Placeholder", "Nobody", "Fiction"),
    *(stem + ending for ending in _ENDING_TEXT.split() for stem in _STEM_TEXT.split()),
)


class Name(NamedTuple):
    """A given name (with an initial in a very large firm) and a family name."""

    given: str
    family: str

    @property
    def display(self) -> str:
        return f"{self.given} {self.family}"

    def address(self, domain: str) -> str:
        """The e-mail address that the demo company gives to this name."""
        local = f"{self.given}.{self.family}".lower().replace(" ", "").replace("..", ".").rstrip(".")
        return f"{local}@{domain}"


def draw_names(rng: np.random.Generator, count: int, known: Sequence[int] = (0, 1)) -> list[Name]:
    """``count`` different names; the two ``known`` places get Ada Example and Bram Sample.

    Beyond the plain pairs a middle initial is added, so that any count has unique names.
    """
    pairs = len(GIVEN) * len(SURNAMES)
    order = rng.permutation(pairs)
    for place, fixed in zip(known, (_pair("Ada", "Example"), _pair("Bram", "Sample")), strict=True):
        held = int(np.nonzero(order == fixed)[0][0])
        order[[held, place]] = order[[place, held]]
    return [_name(int(order[i % pairs]), i // pairs) for i in range(count)]


def _pair(given: str, family: str) -> int:
    return GIVEN.index(given) * len(SURNAMES) + SURNAMES.index(family)


def _name(pair: int, lap: int) -> Name:
    given, family = GIVEN[pair // len(SURNAMES)], SURNAMES[pair % len(SURNAMES)]
    return Name(given if lap == 0 else f"{given} {_initials(lap)}", family)


def _initials(lap: int) -> str:
    letters = ""
    while lap > 0:
        lap, rest = divmod(lap - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters + "."
