"""The probability of backtest overfitting: near a half of noise, near none of merit, and by hand in the smallest case."""

from math import comb, log

import numpy as np
import pytest

from forecast.backtest.verification.overfitting import BLOCKS, backtest_overfitting

VARIANTS, DATES, BLOCKS_OF_NOISE = 20, 64, 8


def test_of_noise_every_other_choice_is_below_the_median() -> None:
    """By symmetry 1/2 for an even number of variants. Halvings of one history are not independent, histories are."""
    rng = np.random.default_rng(1)
    result = [
        backtest_overfitting(rng.normal(size=(DATES, VARIANTS)), np.arange(DATES), blocks=BLOCKS_OF_NOISE).probability for _ in range(400)
    ]
    error = np.std(result) / 20  # sqrt(400)
    assert error < 0.02
    assert np.mean(result) == pytest.approx(0.5, abs=4 * error)


def test_one_truly_better_variant_is_no_overfitting() -> None:
    """Better by 1 at noise of 1: in half of the dates, 100, a difference of two means has a standard error of 0.14, a seventh of that."""
    losses = np.random.default_rng(2).normal(size=(200, VARIANTS))
    losses[:, 7] -= 1.0
    result = backtest_overfitting(losses, np.arange(200), blocks=10)
    assert result.probability == 0
    assert (result.chosen == 7).all()
    assert result.logits == pytest.approx(np.full(comb(10, 5), log(VARIANTS)), rel=1e-12)  # rank m of m + 1
    assert result.degradation == pytest.approx(0, abs=1e-12)  # every halving has its mirror


def test_a_variant_that_is_best_where_it_is_seen_and_worst_elsewhere_overfits_always() -> None:
    """Each of four variants is better by 1 in its own block and worse by 1 elsewhere."""
    losses = np.repeat(1 - 2 * np.eye(4), 5, axis=0)
    result = backtest_overfitting(losses, np.repeat(np.arange(4), 5), blocks=4)
    assert len(result.logits) == comb(4, 2)
    np.testing.assert_allclose(result.seen, 0)  # one of two blocks
    np.testing.assert_allclose(result.unseen, 1)  # and neither of the others
    assert result.probability == 1
    np.testing.assert_allclose(result.logits, log(1.5 / 3.5))  # ranks 1 and 2 of 4 are shared by the two variants chosen from
    assert np.isnan(result.slope)
    assert result.degradation == 1


def test_variants_that_do_not_differ_are_at_the_median() -> None:
    result = backtest_overfitting(np.tile(np.arange(8.0)[:, None], (1, 5)), np.arange(8), blocks=8)
    np.testing.assert_allclose(result.logits, 0)
    assert result.slope == pytest.approx(-1)  # of a fixed total, what one half has less the other has more


def test_an_episode_is_never_on_both_sides() -> None:
    """What is won in one date of an episode is lost in the next: cut anywhere else, a variant would be told from another."""
    rng = np.random.default_rng(3)
    once = rng.normal(size=(30, 6))
    losses = np.stack([once, -once], axis=1).reshape(60, 6)
    result = backtest_overfitting(losses, np.repeat(np.arange(30), 2), blocks=BLOCKS)
    np.testing.assert_allclose(result.seen, 0, atol=1e-14)


def test_few_episodes_make_fewer_blocks() -> None:
    losses = np.random.default_rng(4).normal(size=(9, 3))
    assert len(backtest_overfitting(losses, np.array([1, 1, 2, 3, 3, 3, 4, 5, 5])).logits) == comb(4, 2)


@pytest.mark.parametrize(
    ("losses", "episodes", "blocks", "said"),
    [
        (np.zeros((8, 1)), np.arange(8), 4, "at least two variants"),
        (np.full((8, 2), np.nan), np.arange(8), 4, "must be finite"),
        (np.zeros((8, 2)), np.arange(8)[::-1], 4, "not fall"),
        (np.zeros((8, 2)), np.arange(8), 5, "blocks must be even and >= 4, got 5"),
        (np.zeros((8, 2)), np.arange(8) // 3, 4, "episodes must be at least 4, got 3"),
    ],
)
def test_losses_that_cannot_be_compared_are_refused(losses: np.ndarray, episodes: np.ndarray, blocks: int, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        backtest_overfitting(losses, episodes, blocks=blocks)
