"""Everything people look at: screens, pages, pictures, and the evaluation of forecasts."""
