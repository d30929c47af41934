"""Train on the bundled data, quickly, and read the answer: python examples/01_train_and_read.py

A whole training asks 28 questions of ten components and takes minutes; this one asks one of three, in seconds, and its run is
what the third example scores.
"""

from forecast.api import train

QUICK = [
    "model.components=['climatology','ewma','logistic']",
    "model.paths=2000",
    "sensitivity.horizons=[]",  # the main question only
    "walk_forward.start=2015-01-02",
    "walk_forward.refit_every=252",
]

trained = train(overrides=QUICK, output="runs/example", track=False, jobs=1)
answer = trained.answer
assert answer is not None, "the bundled data end after a surge"
question = answer.questions[0]

print(answer.series)
print(answer.surge.sentence)
print(f"Within {question.horizon} sessions, barrier at a log move of {question.barrier:.4f}:")
for outcome, probability in question.probabilities.items():
    low, high = question.interval[outcome]
    print(f"  {outcome:<9} {probability:6.1%}   90 % interval {low:6.1%} to {high:6.1%}   climatology {question.climatology[outcome]:6.1%}")

score = trained.metrics["questions"][question.question]
skill = score["models"]["pool"]["brier_skill_vs_climatology"]
print(f"Brier skill over climatology so far: {skill:.3f}, from {score['sessions']} sessions in {score['episodes']} episodes.")
print(f"Run: {trained.folder}")
