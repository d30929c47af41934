"""Names of the forecasters in metrics, tables and pages, beside those of the components."""

POOL = "pool"  # the final forecast
CLIMATOLOGY = "climatology"
BASE_RATE = "base_rate"
