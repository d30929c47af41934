import tomllib
from pathlib import Path

import pytest

from features.errors import InputError
from forecast.backtest.experiment import Experiment, read_experiment
from forecast.target.question import Question

RUSSELL = Path(__file__).resolve().parents[3] / "experiments" / "russell2000.toml"


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("surge.min_zz=2", r"unknown key 'surge.min_zz'; did you mean 'min_z'\?"),
        ("outcom.size=1", r"unknown key 'outcom'; did you mean 'outcome'\?"),
        ("outcome.also=[{horizn=5}]", r"unknown key 'outcome.also.0.horizn'; did you mean 'horizon'\?"),
        ("sensitivity.horizon=[5]", r"unknown key 'sensitivity.horizon'; did you mean 'horizons'\?"),
        ("sensitivity.horizons=[0]", r"sensitivity.horizons.0: input should be greater than or equal to 1, got 0"),
        ("pullback.sizes=[5.0]", r"pullback.sizes.0: input should be less than 1, got 5.0"),
        ("outcome.barrier=fall", r"outcome: barrier 'fall' has no rise to weigh against it and cannot be the main question; ask it in"),
        ("outcome.also=[{barrier='fall', size=1.0}]", r"outcome.also.0: size of a fall must be below 1, the whole price, got 1"),
        ("sensitivity.sigma=[-1.0]", r"sensitivity.sigma.0: input should be greater than 0, got -1.0"),
        ("inputs.small={file='a.csv', columns={small='Close'}, lagg=1}", r"unknown key 'inputs.small.lagg'; did you mean 'lag'\?"),
        ("model.component=['ewma']", r"model: unknown key 'component'; did you mean 'components'\?"),
        ("model.garch.distt='t'", r"model: unknown key 'garch.distt'; did you mean 'dist'\?"),
        ("model.garch.dist='cauchy'", r"model: garch.dist: .*'normal', 't' or 'skewt', got 'cauchy'"),
        ("model.garch=3", r"model: garch must be a table of options, got 3"),
        ("model.components=['climatology','garhc']", r"model: no component 'garhc'; did you mean 'garch'\?"),
        ("model.components=['ewma','ewma']", r"a component stands twice"),
        ("surge.min_z=high", r"surge.min_z: input should be a valid number.*, got 'high'"),
        ("outcome.horizon=0", r"outcome.horizon: input should be greater than or equal to 1, got 0"),
        ("outcome.size=nan", r"outcome.size: input should be"),
        ("outcome.barrier=surg", r"outcome.barrier: input should be 'surge', 'sigma', 'fixed' or 'fall', got 'surg'"),
        ("walk_forward.start=soon", r"walk_forward.start: input should be a valid date"),
        ("name=../escape", r"name: string should match pattern"),
        ("seed=true", r"seed: input should be a valid integer, got True"),
        ("surge.window='5'", r"surge.window: input should be a valid integer, got '5'"),
        ("walk_forward.start=0", r"walk_forward.start: must be a day such as 1997-01-02, got 0"),
        ("outcome.size=0.5\nseed=3", r"outcome.size: input should be a valid number, got '0.5\\nseed=3'"),
        ("seed=" + "[" * 5000, r"seed: input should be a valid integer"),
        ("inputs.x={file='a.csv', columns={vix='Close'}, lag={month=1}}", r"unknown key 'inputs.x.lag.month'; did you mean 'months'\?"),
        ("inputs.x={fil='a.csv', columns={vix='Close'}}", r"unknown key 'inputs.x.fil'; did you mean 'file'\?"),
        ("inputs.x={columns={vix='Close'}}", r"inputs.x.file: is required but missing; add it"),
        (
            "inputs.x={file='a.csv', columns={vix='Close'}, lag=100000}",
            r"inputs.x.lag.sessions: input should be less than or equal to 2520",
        ),
        ("surge", r"--set 'surge': must be key=value, for example outcome.size=0.75"),
        ("=1", r"--set '=1': must be key=value"),
    ],
)
def test_a_mistake_is_named_in_one_line(override: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        read_experiment(None, [override])
    assert "\n" not in str(caught.value)


def test_a_value_has_no_keys_of_its_own() -> None:
    with pytest.raises(InputError, match="seed is a value and has no keys"):
        read_experiment(None, ["seed=1", "seed.deep=1"])


def test_overrides_are_read_as_toml_and_else_as_text() -> None:
    experiment = read_experiment(
        RUSSELL, ["outcome.barrier=sigma", "outcome.size=0.75", "walk_forward.start=2001-02-03", "features.without=['landing']"]
    )
    assert experiment.outcome.questions == (Question(horizon=21, barrier="sigma", size=0.75),)
    assert f"{experiment.walk_forward.start}" == "2001-02-03"
    assert experiment.features.without == ("landing",)


def test_the_digest_follows_every_key_and_nothing_else() -> None:
    assert read_experiment(RUSSELL).digest == read_experiment(RUSSELL, ["surge.min_z=1.5"]).digest
    assert read_experiment(RUSSELL).digest != read_experiment(RUSSELL, ["surge.min_z=1.4"]).digest
    assert Experiment().digest != Experiment(seed=1).digest


def test_where_a_run_is_filed_decides_nothing() -> None:
    assert read_experiment(None, ["tracking.experiment=elsewhere"]).digest == read_experiment().digest
    with pytest.raises(InputError, match=r"tracking.experiment: string should match pattern"):
        read_experiment(None, ["tracking.experiment=../../escaped"])


def test_a_question_asked_twice_is_asked_once() -> None:
    experiment = read_experiment(None, ["outcome.also=[{horizon=5}, {horizon=21}]"])
    assert [question.horizon for question in experiment.outcome.questions] == [21, 5]


def test_the_main_question_comes_first_then_the_further_ones_then_the_grid_then_falls_each_once() -> None:
    further = read_experiment(None, ["outcome.horizon=10", "outcome.barrier=fixed", "outcome.size=0.05", "outcome.also=[{horizon=42}]"])
    assert further.questions[:2] == (Question(horizon=10, barrier="fixed", size=0.05), Question(horizon=42))
    grid, falls = Experiment().sensitivity.questions, Experiment().pullback.questions
    assert set(further.questions[1:-16]) - {Question(horizon=42)} == set(grid) - {further.questions[0]}
    assert further.questions[-16:] == falls
    assert [question.label for question in falls[:5]] == ["fall_0.03_h5", "fall_0.03_h10", "fall_0.03_h21", "fall_0.03_h63", "fall_0.05_h5"]
    assert len(further.questions) == 45
    assert Experiment().questions[0] == Question()
    assert len(Experiment().questions) == 44


@pytest.mark.parametrize(
    "off",
    [
        ["sensitivity.horizons=[]", "pullback.horizons=[]"],
        [*(f"sensitivity.{kind}=[]" for kind in ("surge", "sigma", "fixed")), "pullback.sizes=[]"],
    ],
)
def test_empty_lists_switch_the_grid_off(off: list[str]) -> None:
    assert read_experiment(None, off).questions == (Question(),)
    assert read_experiment(None, off).digest != read_experiment().digest


@pytest.mark.parametrize(("text", "said"), [("name = ", "not valid TOML"), ("\xff", "not valid TOML")])
def test_a_file_that_is_no_toml_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "broken.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match=said):
        read_experiment(path)
    with pytest.raises(InputError, match="no such experiment file"):
        read_experiment(tmp_path / "absent.toml")
    path.write_bytes(b"#" * (2**20 + 1))
    with pytest.raises(InputError, match="larger than 256 KiB"):
        read_experiment(path)


def test_the_default_experiment_states_every_key_and_every_default_but_those_it_marks() -> None:
    stated = tomllib.loads(RUSSELL.with_name("us_small_caps.toml").read_text("utf-8"))
    default, plain = read_experiment(), Experiment()
    marked = {"name", "data", "market", "inputs", "companions", "walk_forward"}
    assert default.model_dump(exclude=marked) == plain.model_dump(exclude=marked)
    assert {key for key, value in default.walk_forward if value != getattr(plain.walk_forward, key)} == {"start", "refit_every"}
    flat = {
        key if not isinstance(value, dict) else f"{key}.{inner}"
        for key, value in stated.items()
        if key not in marked
        for inner in (value if isinstance(value, dict) else [""])
    }
    every = Experiment().model_dump()
    expected = {
        key if not isinstance(value, dict) else f"{key}.{inner}"
        for key, value in every.items()
        for inner in (value if isinstance(value, dict) else [""])
    }
    own = "model."  # the components state their defaults by themselves: a new one needs no line in the file
    documented = {key for key in expected if key.partition(".")[0] not in marked and not key.startswith(own)}
    assert {key for key in flat if not key.startswith(own)} == documented


def test_an_experiment_is_named_by_its_path_or_by_the_name_it_ships_under(tmp_path: Path) -> None:
    assert read_experiment(Path("russell2000")) == read_experiment(RUSSELL)
    assert read_experiment(RUSSELL).data is None  # the files of what ships are not beside it
    with pytest.raises(
        InputError, match=r"russel2000: no such experiment file; give .* the name of an experiment that ships; did you mean 'russell2000'\?"
    ):
        read_experiment(Path("russel2000"))


def test_a_file_is_named_after_itself_and_its_data_are_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("[inputs.small]\nfile = 'a.csv'\ncolumns = { small = 'Close' }\n")
    assert (read_experiment(path).name, read_experiment(path).data) == ("mine", str(tmp_path))
    path.write_text("data = 'prices'\n" + path.read_text())
    assert read_experiment(path).data == str(tmp_path / "prices")
    assert read_experiment(path, ["data=live"]).data == "live"
    moved = tmp_path / "elsewhere" / "mine.toml"
    moved.parent.mkdir()
    moved.write_text(path.read_text())
    assert read_experiment(moved).digest == read_experiment(path).digest


def test_a_file_without_inputs_is_a_variation_of_the_default_experiment(tmp_path: Path) -> None:
    path = tmp_path / "nearer.toml"
    path.write_text("[outcome]\nsize = 0.25\n[model.ewma]\ndecay = 0.9\n")
    varied = read_experiment(path)
    assert (varied.name, varied.data) == ("nearer", "bundled")
    assert varied.inputs == read_experiment().inputs
    assert varied.outcome.size == 0.25
    assert varied.outcome.horizon == read_experiment().outcome.horizon
