"""The four questions of the README, the surges that each is asked of, and their names in words."""

from collections.abc import Sequence

from forecast.target.question import Question, barrier_words

QUESTIONS: tuple[tuple[float, tuple[Question, ...]], ...] = (  # min_z, and what is asked of those surges
    (1.5, (Question(barrier="surge", size=0.5),)),
    (1.0, (Question(barrier="surge", size=1.0), Question(barrier="sigma", size=0.75), Question(barrier="fixed", size=0.05))),
)


def overrides_of(min_z: float, questions: Sequence[Question]) -> list[str]:
    """Overrides of an experiment that ask `questions`, the main one first, of surges of at least `min_z`."""
    main, *also = questions
    listed = ", ".join(f'{{horizon={one.horizon}, barrier="{one.barrier}", size={one.size}}}' for one in also)
    return [
        f"surge.min_z={min_z}",
        f"outcome.horizon={main.horizon}",
        f"outcome.barrier={main.barrier}",
        f"outcome.size={main.size}",
        f"outcome.also=[{listed}]",
    ]


def barrier_in_words(label: str) -> str:
    """The barrier of the question `label`, in a few words."""
    kind, size, _ = label.rsplit("_", 2)
    question = Question.model_validate({"barrier": kind, "size": float(size)})
    return barrier_words(question.barrier, question.size)
