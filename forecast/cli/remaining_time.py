"""Remaining time of a long command: what was planned for its stages, at this machine's speed, and what the present one has shown."""

from collections.abc import Mapping
from dataclasses import dataclass

SETTLED = 2.0  # seconds of plan, after which the speed of this machine counts for as much as that of the one the plan was made on
SLOWEST, FASTEST = 10.0, 0.5  # a pace beyond these says something of a stage, such as a slow disk, and not of the machine
LEAST = 0.1  # of what was planned for a stage that has taken longer, which is still left of it
HALF = 0.5  # of a step of the first batch, which reads and loads what is used by all, the others take at least
TRUSTED = 2.0  # steps, after which those that were made count for as much as the plan of a stage


@dataclass(frozen=True)
class Plan:
    """What a command will do.

    Parameters
    ----------
    seconds : mapping of str to float
        Of each stage, in the order in which they come, on the machine that the plan was made on.
    unsure : str or None
        The stage whose length hangs on what the command is applied to: nothing is said before it begins, and from its first steps on these
        alone count.
    unsure_each : float
        Seconds of the plan that a step of it usually takes, until its own have shown it; 0 for nobody knows.
    workers : int
        By whom the steps of that stage are made. Those of the first batch take longer than others, and are no measure.
    once : str or None
        What holds that stage up where it comes, which it need not.
    once_seconds : float
        How long it does so, as far as it is foreseen.
    """

    seconds: Mapping[str, float]
    unsure: str | None = None
    unsure_each: float = 0.0
    workers: int = 1
    once: str | None = None
    once_seconds: float = 0.0


class RemainingTime:
    """The time left of a command that follows a plan.

    Parameters
    ----------
    plan : Plan
    now : float
        Seconds on a monotonic clock, here as in the methods, at which the first stage begins.

    Attributes
    ----------
    stage : str
        The present one.
    done : int
        Its steps so far.
    """

    def __init__(self, plan: Plan, now: float) -> None:
        self.plan = plan
        self.stage, self._began = next(iter(plan.seconds), ""), now
        self._start = now
        self._first = self.done = self._total = 0
        self._last = now  # when the last step was done
        self._first_each = 0.0  # seconds a step of the first batch, where nothing held it up
        self._mark: tuple[int, float] | None = None  # steps that are no measure, and when they were done
        self._held_since: float | None = None
        self._foreseen = plan.once_seconds
        self._planned = self._took = 0.0  # of the stages that are over

    def update(self, stage: str, done: int, total: int, now: float) -> None:
        """Takes in how far the command is; `total` is 0 for a stage that counts nothing. Steps never become fewer."""
        if stage == self.plan.once:
            self._held_since = now if self._held_since is None else self._held_since
            self._count(done, now)
            return
        self._go_on(now)
        if stage != self.stage:
            self._enter(stage, done, now)
        self._total = total
        self._count(done, now)

    def left(self, now: float) -> float | None:
        """Seconds to the end; None where the plan does not say."""
        stages = list(self.plan.seconds)
        if self.stage not in stages:
            return None
        later = stages[stages.index(self.stage) + 1 :]
        own = self._left_of_stage(now)
        if own is None or self.plan.unsure in later:
            return None
        return own + self._left_once(now) + self.pace * sum(self.plan.seconds[stage] for stage in later)

    @property
    def pace(self) -> float:
        """How long a second of the plan takes on this machine, by the stages that are over."""
        return min(SLOWEST, max(FASTEST, (self._took + SETTLED) / (self._planned + SETTLED)))

    def fraction(self, now: float) -> float | None:
        """How much of the whole is over, 0 to 1; None where the time left is unknown."""
        left, over = self.left(now), now - self._start
        return None if left is None or left + over <= 0 else over / (left + over)

    def _left_of_stage(self, now: float) -> float | None:
        planned = self.pace * self.plan.seconds[self.stage]
        if not self._total:
            return max(planned - (now - self._began), LEAST * planned)
        steps = self._total - self.done
        unsure = self.stage == self.plan.unsure
        each = self._seconds_each(self.pace * self.plan.unsure_each if unsure else planned / self._total, now)
        if each == 0.0:
            return None
        if steps == 0:
            return 0.0
        since = now - self._last if self._held_since is None else 0.0
        return max(steps * each - since, LEAST * each)

    def _seconds_each(self, planned: float, now: float) -> float:
        """Seconds a step: those made since the mark, and the plan where it is sure. Other workers are half through one more.

        Steps that are overdue take at least as long as they have been waited for. 0 where nothing is planned and none was made.
        """
        unsure = self.stage == self.plan.unsure
        overdue = 0.0 if self._held_since is not None else (now - self._last) / self._workers
        if self._mark is None or self.done == self._mark[0]:
            return max(planned, overdue, HALF * self._first_each) if planned else 0.0
        steps = self.done - self._mark[0]
        each = (self._last - self._mark[1]) / (steps + (self._workers - 1) / 2)
        return max(overdue, each if unsure else (steps * each + TRUSTED * planned) / (steps + TRUSTED))

    def _left_once(self, now: float) -> float:
        """Of what comes once: it is over when the first steps are made, and lasts a little where it is longer than was foreseen."""
        foreseen = self.pace * self._foreseen
        if self._held_since is None:
            return foreseen
        return max(foreseen - (now - self._held_since), LEAST * (now - self._held_since))

    @property
    def _workers(self) -> int:
        return self.plan.workers if self.plan.once is not None else 1

    def _enter(self, stage: str, done: int, now: float) -> None:
        self._judge_machine(now)
        self.stage, self._began, self._last = stage, now, now
        self._first, self.done, self._mark, self._first_each = done, done, None, 0.0

    def _judge_machine(self, now: float) -> None:
        """Takes in how long the stage that is over took beside its plan, but for steps that are no measure and stages that were unsure."""
        if self.stage not in self.plan.seconds or self.stage == self.plan.unsure:
            return
        planned, took = self.plan.seconds[self.stage], now - self._began
        if self._total:
            steps, since = self._mark or (self.done, self._last)
            planned, took = planned * (self.done - steps) / self._total, self._last - since
        self._planned += planned
        self._took += took

    def _count(self, done: int, now: float) -> None:
        if done <= self.done:
            return
        self.done, self._last = done, now
        if self._mark is None and done - self._first >= self._workers:
            self._mark = done, now
            self._foreseen = 0.0
            if self._held_since is None:
                self._first_each = (now - self._began) / self._workers

    def _go_on(self, now: float) -> None:
        """What came once is over: the steps made until then are no measure."""
        if self._held_since is not None:
            self._held_since, self._foreseen, self._last = None, 0.0, now
            self._mark = self.done, now


def remaining_text(seconds: float) -> str:
    """`seconds` as people say them, to the minute above ten."""
    whole = round(seconds)
    if whole >= 600:
        return f"about {round(whole / 60)} min left"
    return f"about {whole // 60}:{whole % 60:02d} left"
