"""Real contacts and check-ins through the command: the numbers of pairs published for them."""

from pathlib import Path

from tests.acceptance.command import pairs


def test_all_pairs_of_the_high_school(high_school: Path) -> None:
    assert pairs(high_school, "--min-overlap", "0") == 2_220


def test_pairs_of_the_high_school_with_a_quarter_of_an_hour(high_school: Path) -> None:
    assert pairs(high_school, "--cumulative", "--min-overlap", "15m") == 189


def test_pairs_at_one_venue_within_an_hour(gowalla: Path) -> None:
    assert pairs(gowalla, "--linger", "3600", "--min-overlap", "0") == 6_163


def test_pairs_are_the_same_backward(gowalla: Path) -> None:
    assert pairs(gowalla, "--linger", "3600", "--min-overlap", "0", "--direction", "backward") == 6_163
