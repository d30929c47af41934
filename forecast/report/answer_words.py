"""The answer in words that screens and pages share: outcomes, the closes that decide, base rates as counts, days."""

import math
from collections.abc import Sequence
from datetime import date

from forecast.report.sentences import PRINT_ORDER
from forecast.runs.answer.answer import Answer, QuestionAnswer

HAPPENED = {"continue": "continued", "stall": "stalled", "reverse": "reversed"}
HAPPENS = {"continue": "continues", "stall": "stalls", "reverse": "reverses"}


def likeliest(answer: Answer, main: QuestionAnswer) -> str:
    """The likeliest outcome as one number in plain words: "47 of 100: it stalls, neither ... by 14 August 2024; 34 that ..."."""
    name = max(PRINT_ORDER, key=lambda outcome: main.probabilities[outcome])
    surge, up, down = answer.surge, math.expm1(main.barrier), math.expm1(-main.barrier)
    if surge.made_of_returns:
        above, below = f"a close {100 * up:.1f} % above the surge's", f"a close {-100 * down:.1f} % below the surge's"
    else:
        above, below = f"a close above {level(surge.close * (1 + up))}", f"a close below {level(surge.close * (1 + down))}"
    by = f"by {day(main.known)}"
    what = {
        "continue": f"{above} comes {by}, before {below}",
        "stall": f"neither {above} nor {below} comes {by}",
        "reverse": f"{below} comes {by}, before {above}",
    }[name]
    others = " and ".join(f"{100 * main.probabilities[other]:.0f} that it {HAPPENS[other]}" for other in PRINT_ORDER if other != name)
    return f"{100 * main.probabilities[name]:.0f} of 100: it {HAPPENS[name]}, {what}; {others}."


def base_rate_counts(main: QuestionAnswer) -> str | None:
    """How many episodes at a barrier as far ended how; None where there is none."""
    if not main.base_episodes:
        return None
    counts = whole_numbers([main.base_episodes * main.base_rate[name] for name in PRINT_ORDER])
    happened = ", ".join(f"{count} {HAPPENED[name]}" for name, count in zip(PRINT_ORDER, counts, strict=True))
    return f"of {main.base_episodes} past episodes like it, {happened}"


def whole_numbers(cases: Sequence[float]) -> list[int]:
    """Whole numbers nearest to `cases`, whose sum is one, with the same sum: the largest remainders are rounded up."""
    counts = [math.floor(case) for case in cases]
    by_remainder = sorted(range(len(cases)), key=lambda place: counts[place] - cases[place])
    for place in by_remainder[: round(sum(cases)) - sum(counts)]:
        counts[place] += 1
    return counts


def level(value: float) -> str:
    """A level of the index, of as many digits as tell it apart."""
    digits = 0 if value >= 1000 else 1 if value >= 100 else 2
    return f"{value:,.{digits}f}"


def day(text: str) -> str:
    """A day as 14 August 2024."""
    when = date.fromisoformat(text)
    return f"{when.day} {when:%B %Y}"
