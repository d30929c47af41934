"""Train on the bundled data, quickly, and read the answer: python examples/01_train_and_read.py

A whole training asks 44 questions of six components and takes half a minute; this one asks one of three, in seconds, and its run is
what the fifth example scores.
"""

from forecast.api import predict, train

QUICK = [
    "model.components=['climatology','ewma','logistic']",
    "model.paths=1000",
    "interval.paths=200",
    "companions={}",
    "sensitivity.horizons=[]",
    "pullback.horizons=[]",  # the main question only
    "walk_forward.start=2019-01-02",
    "walk_forward.refit_every=504",
]

run = train(overrides=QUICK, output="runs/example", track=False, report=False, jobs=1)
print(run)  # a few lines: the surge, the answer in words, the folder

assert run.answer is not None, "the bundled data end after a surge"
question = run.answer.questions[0]
for outcome in ("continue", "stall", "reverse"):
    probability = question.probabilities[outcome]
    low, high = question.interval[outcome]
    print(f"  {outcome:<9} {probability:6.1%}   90 % interval {low:6.1%} to {high:6.1%}   base rate {question.base_rate[outcome]:6.1%}")

skill = run.metrics["questions"][question.question]["models"]["pool"]["brier_skill_vs_base_rate"]
print(f"Brier skill over the base rate so far: {skill:.3f}")

earlier = predict(run.folder, as_of="2023-12-29")  # nothing is fitted: what the walk-forward said at the time
print(f"At the end of 2023: {earlier.answer.surge.session}, {earlier.answer.questions[0].outcome_sentence}")
run.plot("answer").savefig("answer.png")
