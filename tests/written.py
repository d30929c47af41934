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


HOLIDAY = {DAYS[4]: "\n1/7/2023,#N/A N/A,#N/A N/A,#N/A N/A,#N/A N/A"}
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
    "Excel in Germany, two digits of the year": "Datum;Eröffnung;Hoch;Tief;Schluss;Stück\n"
    + rows(lambda t, c, h, w: f"{t:%d.%m.%y};{german(c)};{german(h)};{german(w)};{german(c)};12.345"),
    "a title and a row of totals": "Small caps;;\nStand 27.02.2024;;\n;;\nDatum;Kurs;Volumen\n"
    + rows(lambda t, c, h, w: f"{t:%d.%m.%Y};{german(c)};1.000")
    + "Mittelwert;2.000,12;\n",
    "Bloomberg, holidays and volumes not available": "Dates,PX_LAST,PX_HIGH,PX_LOW,PX_VOLUME\n"
    + rows(lambda t, c, h, w: f"{t.month}/{t.day}/{t.year},{c},{h},{w},#N/A N/A{HOLIDAY.get(t, '')}"),
    "LSEG Workspace": "Exchange Date,Close,Net,%Chg,Open,Low,High\n"
    + rows(lambda t, c, h, w: f'{t:%d-%b-%Y},"{number(c)}",-12.10,-0.55%,"{number(c)}","{number(w)}","{number(h)}"', newest_first=True),
    "Yahoo's page, with dividends": "Date\tOpen\tHigh\tLow\tClose\tAdj Close\tVolume\n"
    + rows(
        lambda t, c, h, w: (
            f"{t:%b} {t.day}, {t.year}\t{number(c)}\t{number(h)}\t{number(w)}\t{number(c)}\t{number(c / 2)}\t1,234,500"
            + (f"\n{t:%b} {t.day}, {t.year}\t0.52 Dividend" if t.day == 15 else "")
        ),
        newest_first=True,
    ),
    "GOOGLEFINANCE of Google Sheets": "Date,Open,High,Low,Close,Volume\n"
    + rows(lambda t, c, h, w: f"{t.month}/{t.day}/{t.year} 16:00:00,{c},{h},{w},{c},0"),
    "MarketWatch": "Date,Open,High,Low,Close\n"
    + rows(lambda t, c, h, w: f'{t:%m/%d/%Y},"{number(c)}","{number(h)}","{number(w)}","{number(c)}"', newest_first=True),
    "TradingView": "time,open,high,low,close,Volume MA\n" + rows(lambda t, c, h, w: f"{int(t.timestamp()) + 52_200},{c},{h},{w},{c},NaN"),
    "milliseconds since 1970": "timestamp,close\n" + rows(lambda t, c, h, w: f"{int(t.timestamp()) * 1000},{c}"),
    "Excel's count of days": "Date,Close\n" + rows(lambda t, c, h, w: f"{(t - pd.Timestamp('1899-12-30')).days},{c}"),
    "Investing.com in Germany": '\ufeff"Datum","Zuletzt","Eröffn.","Hoch","Tief","Vol.","+/- %"\n'
    + rows(lambda t, c, h, w: f'"{t:%d.%m.%Y}","{german(c)}","{german(c)}","{german(h)}","{german(w)}","1,2M","-0,12%"', newest_first=True),
    "a clock beside the day, euros behind the price": "Zeit;Schlusskurs\n" + rows(lambda t, c, h, w: f"{t:%d.%m.%Y} 17:30;{german(c)} €"),
    "Boursorama": "date\touv\thaut\tbas\tclot\tvol\tdevise\t\n"
    + rows(lambda t, c, h, w: f"{t:%d/%m/%Y} 00:00\t{c}\t{h}\t{w}\t{c}\t123\t€\t"),
    "separators that trail": "Date,Close,High,Low\n" + rows(lambda t, c, h, w: f"{t:%Y-%m-%d},{c},{h},{w},,"),
    "FRED, a point where missing": "observation_date,WILLSMLCAP\n"
    + rows(lambda t, c, h, w: f"{t:%Y-%m-%d},{c}" + ("\n2023-01-07,." if t == DAYS[4] else "")),
    "pandas with a count of rows": ",Date,Close\n" + rows(lambda t, c, h, w: f"{DAYS.get_loc(t)},{t:%Y-%m-%d},{c}"),
    "Tiingo": "date,close,high,low,open,volume,adjClose,divCash\n"
    + rows(lambda t, c, h, w: f"{t:%Y-%m-%d}T00:00:00.000Z,{c},{h},{w},{c},1,{c / 2},0.0"),
    "Yahoo Finance in Japan": "日付,始値,高値,安値,終値\n"
    + rows(lambda t, c, h, w: f'{t.year}年{t.month}月{t.day}日,"{number(c)}","{number(h)}","{number(w)}","{number(c)}"', newest_first=True),
    "FTSE Russell": "Index Name,Date,Value Without Dividends (USD)\n"
    + rows(lambda t, c, h, w: f"Russell 2000® Index,{t:%m/%d/%Y},{c}", newest_first=True),
    "empty rows": "Date,Close\n" + rows(lambda t, c, h, w: f"{t:%Y-%m-%d},{c}\n,") + ",\n,\n",
}
NO_RANGE = {
    "FRED", "tabs and months in words", "an index without a name", "a title and a source", "empty rows", "a title and a row of totals",
    "milliseconds since 1970", "Excel's count of days", "a clock beside the day, euros behind the price", "FRED, a point where missing",
    "pandas with a count of rows", "FTSE Russell",
}  # fmt: skip
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
    "two rows a day": (
        "date,ticker,close\n" + rows(lambda t, c, h, w: f"{t:%Y-%m-%d},A,{c}\n{t:%Y-%m-%d},B,{h}"),
        r"stands twice \(row 3\)",
    ),
    "returns": (
        "Date,Return\n" + rows(lambda t, c, h, w: f"{t:%Y-%m-%d},{c / 2000 - 1:.5f}"),
        r'column Return: \d+% of its values are not above 0, so they are no closes; .* `holds = "percent return"`',
    ),
    "fields apart by blanks": (
        "Date        Close\n" + rows(lambda t, c, h, w: f"{t:%Y-%m-%d}  {c}"),
        r"its fields are separated by none of commas, semicolons, tabs and bars; save it with commas",
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
