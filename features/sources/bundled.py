"""The data that ship with the package: US stocks by size and industry, the Fed's rates and the economy, to the surge of July 2024."""

from pathlib import Path

FOLDER = Path(__file__).with_name("bundle")
ORIGIN = "Kenneth R. French data library (from CRSP), Federal Reserve H.15, BLS, Department of Labor, NBER"
NOTE = (
    "bundled data: Kenneth French's second fifth of US stocks by size, which moves as the Russell 2000 does (0.99 of daily returns), "
    "read as if each day's return were known at its close; it is published weeks later. Dividends are included."
)
