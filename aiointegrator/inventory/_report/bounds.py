"""How much of a large account the report shows, so that a browser can still open it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounds:
    """The most of each thing. What is beyond is counted, and the report says so and names the command that shows it.

    Attributes:
        integrations: in the table of integrations and with a section of their own.
        steps: rows of flows and steps over all sections.
        steps_each: rows of flows and steps of one integration.
        pictures: pictures of dependencies.
        picture_rows: boxes above one another in a picture.
        people: rows of people, and columns of the matrix.
        matrix_rows, matrix_columns: integrations and people in the matrix.
        gaps, changes, findings: rows of each; of findings, for each rule.
    """

    integrations: int = 6_000
    steps: int = 12_000
    steps_each: int = 400
    pictures: int = 150
    picture_rows: int = 30
    people: int = 1_000
    matrix_rows: int = 300
    matrix_columns: int = 24
    gaps: int = 500
    changes: int = 500
    findings: int = 200
