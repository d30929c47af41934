"""Tax: the effect of a change of the corporate rate on earnings after tax. No features."""

from features.errors import InputError

CORPORATE = 0.21  # federal rate since the Tax Cuts and Jobs Act of 2017
PROPOSED = 0.15  # the candidate's proposal in the campaign of 2024 (for domestic production); in July 2024 he also spoke of 20 %
# Shares of revenue earned in the United States, by FTSE Russell on 2023-09-29: 19.78 % of the Russell 2000's revenue came from
# outside, 39.39 % of the Russell 1000's, which stands here for large caps. Revenue stands for taxable income.
SMALL_DOMESTIC = 0.8022
LARGE_DOMESTIC = 0.6061


def tax_uplift(old: float, new: float, domestic: float = 1.0) -> float:
    """Relative change of earnings after tax when the rate on their `domestic` share goes from `old` to `new`: a fraction.

    (1 - new) / (1 - old) - 1, times the share: 21 % to 15 % lifts wholly domestic earnings by 7.59 %.

    old, new : tax rates as fractions, from 0 to below 1. domestic : share of earnings taxed at that rate, 0 to 1. InputError otherwise.
    Without deductions, credits or a response of prices: an upper bound on the arithmetic.
    """
    for name, rate in (("old", old), ("new", new)):
        if not 0 <= rate < 1:
            raise InputError(f"tax_uplift: {name} must be a tax rate from 0 to below 1, got {rate:g}; give 0.21 for 21 %")
    if not 0 <= domestic <= 1:
        raise InputError(f"tax_uplift: domestic must be a share from 0 to 1, got {domestic:g}; give 0.8 for 80 %")
    return ((1 - new) / (1 - old) - 1) * domestic
