"""Published estimates, and the arrays inside statsmodels' own test modules, read without running them."""

import ast
from pathlib import Path

import numpy as np
from statsmodels.tsa import regime_switching

from forecast.engines.arrays import Float

FOLDER = Path(regime_switching.__file__).parent / "tests"

# Fiorentini, Calzolari and Panattoni (1996), DM/GBP: GARCH coefficients with standard errors, and EGARCH coefficients
DEM_FIORENTINI = {
    "drift": (-0.00619041, 0.00846212),
    "omega": (0.0107613, 0.00285271),
    "alpha": (0.153134, 0.0265228),
    "beta": (0.805974, 0.0335527),
}
DEM_EGARCH = {"drift": -0.01167873487, "omega": -0.12633933747, "gamma": -0.03845788444, "beta": 0.91265373928, "alpha": 0.33305592776}

# Ardia et al. (2019), J. Stat. Softw. 91(4): omegas, alphas, gammas, betas, nu, P12, P21 of the regimes
DEM_ONE = [0.01110349, 0.15082954, 0.80387784]
DEM_TWO = [0.0006815983, 0.2812801494, 0.0514745406, 0.4804927966, 0.9178223758, 0.3996041575, 1 - 0.9108737268, 0.5947289495]
SMI_TWO = [0.021631876185, 0.020659831566, 0.087024443479, 0.005396009353, 0.881493722371, 0.994040728662]
SMI_TWO += [1 - 0.97834808674, 0.998703301894]
SMI_GJR_T = [0.2071321883, 0.0921808450, 0.0005003249, 0.0051630650, 0.2137060436, 0.1516217959, 0.5263742414, 0.8715542396]
SMI_GJR_T += [9.2469042408, 1 - 0.9977036060, 0.0027037940]

# Hamilton's GNP: estimates of EViews, standard errors of Stata, both in statsmodels' tests
GNP = {
    "mean[1]": (-0.358811, 0.2645396),
    "mean[2]": (1.163516, 0.0745187),
    "ar[1]": (0.013486, 0.1199942),
    "ar[2]": (-0.057521, 0.137663),
    "ar[3]": (-0.246983, 0.1069103),
    "ar[4]": (-0.212923, 0.1105311),
    "p[1->2]": (1 - 0.754673, 0.0965189),
    "p[2->1]": (0.095915, 0.0377362),
}


def array(module: str, name: str) -> Float:
    """The numbers that the module assigns to a name, as a list or wrapped in one call."""
    for node in ast.parse((FOLDER / f"{module}.py").read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and [getattr(target, "id", None) for target in node.targets] == [name]:
            value = node.value.args[0] if isinstance(node.value, ast.Call) else node.value
            return np.array(ast.literal_eval(value), dtype=np.float64)
    raise LookupError(f"{module} has no {name}")
