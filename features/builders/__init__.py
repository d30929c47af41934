"""Features, a family a file, and the computations that they share.

Families: banks, easing, fundamentals, landing, momentum, policy, priced_in, rate_odds, rate_proxies, rotation, valuation, volatility.
Without features of their own: growth, probit, recession_risk, recessions, regression, tax, valuation_today.
"""
