"""The same prices in the notations of those who publish them."""

from collections.abc import Callable

import numpy as np
import pandas as pd

DAYS = pd.bdate_range("2023-01-02", periods=300, name="Date")
CLOSE = np.round(2000 * np.exp(np.random.default_rng(1).normal(0, 0.01, len(DAYS)).cumsum()), 2)
HIGH, LOW = np.round(CLOSE * 1.01, 2), np.round(CLOSE * 0.99, 2)
Line = Callable[[pd.Timestamp, float, float, float], str]


def number(value: float, thousands: str = ",", decimal: str = ".") -> str:
    return f"{value:,.2f}".replace(",", "\0").replace(".", decimal).replace("\0", thousands)


def rows(line: Line, *, newest_first: bool = False) -> str:
    lines = [line(day, *values) for day, *values in zip(DAYS, CLOSE, HIGH, LOW, strict=True)]
    return "".join(f"{text}\n" for text in (lines[::-1] if newest_first else lines))


def german(value: float) -> str:
    return number(value, ".", ",")


def french(value: float) -> str:
    return number(value, "\u202f", ",")


NOTATIONS: dict[str, str] = {
    "ISO days, newest first, decimal commas (ariva.de)": "Datum;Erster;Hoch;Tief;Schlusskurs;Volumen\n"
    + rows(lambda t, c, h, w: f"{t:%Y-%m-%d};{german(c)};{german(h)};{german(w)};{german(c)};1.234.567", newest_first=True),
    "Excel in Germany": "Datum;Hoch;Tief;Schlusskurs\n"
    + rows(lambda t, c, h, w: f"{t:%d.%m.%Y};{number(h, '', ',')};{number(w, '', ',')};{number(c, '', ',')}"),
    "Excel in France": "Séance;Clôture;+ haut;+ bas\n" + rows(lambda t, c, h, w: f"{t:%d/%m/%Y};{french(c)};{french(h)};{french(w)}"),
    "Switzerland": "Date;High;Low;Close\n"
    + rows(lambda t, c, h, w: f"{t:%d.%m.%Y};{number(h, chr(39))};{number(w, chr(39))};{number(c, chr(39))}"),
    "Investing.com": '"Date","Price","Open","High","Low","Vol.","Change %"\n'
    + rows(lambda t, c, h, w: f'"{t:%m/%d/%Y}","{number(c)}","{number(c)}","{number(h)}","{number(w)}","1.2B","-0.12%"', newest_first=True),
    "yfinance, three lines": "Price,Close,High,Low,Volume\nTicker,^RUT,^RUT,^RUT,^RUT\nDate,,,,\n"
    + rows(lambda t, c, h, w: f"{t:%Y-%m-%d},{c},{h},{w},0"),
    "yfinance, adjusted too": "Date,High,Low,Close,Adj Close,Volume\n" + rows(lambda t, c, h, w: f"{t:%Y-%m-%d},{h},{w},{c},{c / 2},0"),
    "yfinance, midnight of New York": "Date,High,Low,Close\n" + rows(lambda t, c, h, w: f"{t:%Y-%m-%d} 00:00:00-05:00,{h},{w},{c}"),
    "Stooq": "Date,Open,High,Low,Close,Volume\n" + rows(lambda t, c, h, w: f"{t:%Y-%m-%d},{c},{h},{w},{c},0"),
    "Stooq, in bulk": "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>\n"
    + rows(lambda t, c, h, w: f"^RUT,D,{t:%Y%m%d},000000,{c},{h},{w},{c},0"),
    "WSJ": "Date, Open, High, Low, Close\n" + rows(lambda t, c, h, w: f"{t:%m/%d/%y}, {c}, {h}, {w}, {c}", newest_first=True),
    "Nasdaq": "Date,Close/Last,Open,High,Low\n" + rows(lambda t, c, h, w: f"{t:%m/%d/%Y},${c},${c},${h},${w}", newest_first=True),
    "FRED": "observation_date,RU2000PR\n" + rows(lambda t, c, h, w: f"{t:%Y-%m-%d},{c}"),
    "Bloomberg": "Security,RTY Index,,\nStart Date,1/2/2023,,\nCurrency,USD,,\n,,,\nDate,PX_LAST,PX_HIGH,PX_LOW\n"
    + rows(lambda t, c, h, w: f"{t.month}/{t.day}/{t.year},{c},{h},{w}"),
    "tabs and months in words": "Day\tLast\n" + rows(lambda t, c, h, w: f"{t:%d-%b-%Y}\t{c}"),
    "an index without a name": ",Close\n" + rows(lambda t, c, h, w: f"{t:%Y-%m-%d},{c}"),
    "lower case": "date,high,low,close\n" + rows(lambda t, c, h, w: f"{t:%Y-%m-%d},{h},{w},{c}"),
    "a title and a source": "Historical prices\n\nDate,Close\n"
    + rows(lambda t, c, h, w: f'"{t:%b %d, %Y}","{number(c)}"', newest_first=True)
    + "\nSource: the exchange.\n",
    "empty rows": "Date,Close\n" + rows(lambda t, c, h, w: f"{t:%Y-%m-%d},{c}\n,") + ",\n,\n",
}
NO_RANGE = {"FRED", "tabs and months in words", "an index without a name", "a title and a source", "empty rows"}
TWO_TICKERS = "Price,Close,Close,High,High,Low,Low\nTicker,IWM,SPY,IWM,SPY,IWM,SPY\nDate,,,,,,\n" + rows(
    lambda t, c, h, w: f"{t:%Y-%m-%d},{c},1,{h},1,{w},1"
)
REFUSED: dict[str, tuple[str, str]] = {
    "a day of two readings": (
        "Date,Close\n03/04/2024,1.5\n05/04/2024,1.6\n",
        r"column Date: '03/04/2024' can be read in two ways; set `date_format`",
    ),
    "days of two notations": (
        "Date,Close\n2024-03-04,1.5\n05.03.2024,1.6\n",
        r"column Date: its days are written in more than one way, as '05.03.2024' beside '2024-03-04'; set `date_format`",
    ),
    "days and months in both places": ("Date,Close\n13/04/2024,1\n04/15/2024,2\n", r"the day comes first in some and second in others"),
    "a number of two readings": (
        "Datum;Kurs\n" + rows(lambda t, c, h, w: f"{t:%d.%m.%Y};{int(c):,}"),
        r"'[12],\d\d\d' can be read in two ways; set `decimal`",
    ),
    "numbers of two notations": (
        "Datum;Hoch;Kurs\n" + rows(lambda t, c, h, w: f"{t:%d.%m.%Y};{german(h)};{c}"),
        r"its numbers are written in two ways, as '\d+\.\d+' and '[\d.]+,\d+'; set `decimal`",
    ),
    "no day": ("Open,Close\n1,2\n2,3\n", r"no column of days was found in 3 rows of fields separated by commas"),
    "no close": (
        "Date,Alpha,Beta\n" + rows(lambda t, c, h, w: f"{t:%Y-%m-%d},{c},{h}"),
        r"those of numbers are 'Alpha', 'Beta'; name it with --close",
    ),
    "two closes": (TWO_TICKERS, r"2 columns may be the close, 'Close IWM', 'Close SPY'; name it with --close"),
    "a page of the web": ("<!DOCTYPE html>\n<html><title>Just a moment</title></html>\n", r"is a page of the web and no table"),
    "nothing": ("", r"is empty; fetch it again"),
    "a month apart": (
        "Date,Close\n"
        + "".join(f"{day:%Y-%m-%d},{place}\n" for place, day in enumerate(pd.date_range("1990-01-01", periods=400, freq="MS"), 1)),
        r"its closes are 31 days apart; give those of every session",
    ),
    "weekends too": (
        "Date,Close\n" + "".join(f"{day:%Y-%m-%d},{place}\n" for place, day in enumerate(pd.date_range("2020-01-01", periods=400), 1)),
        r"the sessions of no exchange, the nearest .* --exchange \(24/7 where it trades on weekends too\)",
    ),
    "a broken day": (
        "Date,Close\n" + rows(lambda t, c, h, w: f"{'n.v.' if t == DAYS[99] else f'{t:%Y-%m-%d}'},{c}"),
        r"'n.v.' in column Date, row 101, is no date",
    ),
    "a word for a close": (
        "Date,Close\n" + rows(lambda t, c, h, w: f"{t:%Y-%m-%d},{'halted' if t == DAYS[99] else c}"),
        rf"column Close: 'halted' on {DAYS[99]:%Y-%m-%d} is no number",
    ),
}
