"""Units and currencies as exact decimal factors: a table, because pint costs 0.4 s to import.

Tests compare every factor with pint's. Units that mean different amounts in different countries
(ton, gallon, pint) convert to nothing but themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Unit:
    """What a number counts; two units convert when their dimensions are equal."""

    symbol: str
    dimension: str
    #: How many base units of the dimension one of these is.
    factor: Decimal = Decimal(1)

    @classmethod
    def named(cls, noun: str) -> Unit:
        """Make a unit that is no measure: "voters" counts voters and converts to nothing."""
        return cls(noun, f"named:{noun.casefold().rstrip('s')}")

    @property
    def is_money(self) -> bool:
        """Whether this is a currency or a part of one."""
        return self.dimension.startswith("money:")


#: dimension, symbol, factor, spellings. A spelling may appear twice: the question decides.
UNITS: tuple[tuple[str, str, str, str], ...] = (
    ("length", "mm", "0.001", "mm|millimetre|millimeter"),
    ("length", "cm", "0.01", "cm|centimetre|centimeter"),
    ("length", "m", "1", "m|metre|meter"),
    ("length", "km", "1000", "km|kilometre|kilometer|kms"),
    ("length", "inch", "0.0254", "inch|inches"),
    ("length", "ft", "0.3048", "ft|foot|feet"),
    ("length", "yd", "0.9144", "yd|yard"),
    ("length", "mi", "1609.344", "mi|mile"),
    ("length", "nmi", "1852", "nmi|nautical mile"),
    ("mass", "mg", "0.000001", "mg|milligram|milligramme"),
    ("mass", "g", "0.001", "g|gram|gramme"),
    ("mass", "kg", "1", "kg|kgs|kilogram|kilogramme|kilo"),
    ("mass", "t", "1000", "t|tonne|metric ton"),
    ("mass", "lb", "0.45359237", "lb|lbs|pound"),
    ("mass", "oz", "0.028349523125", "oz|ounce"),
    ("ton", "ton", "1", "ton"),
    ("time", "ms", "0.001", "ms|millisecond"),
    ("time", "s", "1", "s|sec|secs|second"),
    ("time", "min", "60", "min|mins|minute|m"),
    ("time", "h", "3600", "h|hr|hrs|hour"),
    ("time", "d", "86400", "d|day"),
    ("time", "wk", "604800", "wk|week"),
    ("calendar", "month", "1", "month"),
    ("calendar", "year", "12", "year|yr|yrs"),
    ("calendar", "decade", "120", "decade"),
    ("calendar", "century", "1200", "century|centuries"),
    ("area", "m2", "1", "m2|m^2|sq m|square metre|square meter"),
    ("area", "km2", "1000000", "km2|km^2|sq km|square kilometre|square kilometer"),
    ("area", "ha", "10000", "ha|hectare"),
    ("area", "acre", "4046.8564224", "acre"),
    ("area", "sqft", "0.09290304", "sq ft|square foot|square feet"),
    ("area", "sqmi", "2589988.110336", "sq mi|square mile"),
    ("volume", "ml", "0.000001", "ml|millilitre|milliliter"),
    ("volume", "l", "0.001", "l|litre|liter"),
    ("volume", "m3", "1", "m3|m^3|cubic metre|cubic meter"),
    ("gallon", "gal", "1", "gal|gallon"),
    ("barrel", "bbl", "1", "bbl|barrel"),
    ("speed", "m/s", "1", "m/s|metres per second|meters per second"),
    ("speed", "mph", "0.44704", "mph|miles per hour"),
    ("speed", "kn", "0.51444444444444444444", "kn|knot"),
    ("speed-km/h", "km/h", "1", "km/h|kph|kmh|km per hour|kilometres per hour|kilometers per hour"),
    ("information", "kB", "1000", "kB|KB|kilobyte"),
    ("information", "MB", "1000000", "MB|megabyte"),
    ("information", "GB", "1000000000", "GB|gigabyte"),
    ("information", "TB", "1000000000000", "TB|terabyte"),
    ("information", "byte", "1", "byte"),
    ("power", "W", "1", "W|watt"),
    ("power", "kW", "1000", "kW|kilowatt"),
    ("power", "MW", "1000000", "MW|megawatt"),
    ("power", "GW", "1000000000", "GW|gigawatt"),
    ("energy", "kWh", "1", "kWh|kilowatt hour|kilowatt-hour"),
    ("energy", "MWh", "1000", "MWh|megawatt hour|megawatt-hour"),
    ("energy", "GWh", "1000000", "GWh|gigawatt hour|gigawatt-hour"),
    ("celsius", "°C", "1", "°C|degrees Celsius|degree Celsius|degrees C"),
    ("fahrenheit", "°F", "1", "°F|degrees Fahrenheit|degree Fahrenheit|degrees F"),
    ("magnitude", "degree", "1", "°|degree"),
    ("share", "%", "1", "%|percent|per cent|pct|percentage"),
    ("share", "‰", "0.1", "‰|per mille"),
    ("points", "pp", "1", "pp|ppt|percentage point|percent point|%-point|% point"),
    ("points", "bp", "0.01", "bp|bps|basis point"),
    ("score", "point", "1", "point|pt|pts"),
    ("money:$", "$", "1", "$|dollar|buck"),
    ("money:USD", "USD", "1", "USD|US$|US dollar|American dollar|U.S. dollar"),
    ("money:AUD", "AUD", "1", "AUD|A$|AU$|Australian dollar"),
    ("money:CAD", "CAD", "1", "CAD|C$|CA$|Canadian dollar"),
    ("money:NZD", "NZD", "1", "NZD|NZ$|New Zealand dollar"),
    ("money:HKD", "HKD", "1", "HKD|HK$|Hong Kong dollar"),
    ("money:SGD", "SGD", "1", "SGD|S$|Singapore dollar"),
    ("money:EUR", "EUR", "1", "EUR|€|euro"),
    ("money:GBP", "GBP", "1", "GBP|£|pound|pound sterling|pounds sterling|British pound|quid"),
    ("money:JPY", "JPY", "1", "JPY|yen"),
    ("money:CNY", "CNY", "1", "CNY|RMB|yuan|renminbi"),
    ("money:¥", "¥", "1", "¥"),
    ("money:INR", "INR", "1", "INR|₹|Rs|rupee"),
    ("money:KRW", "KRW", "1", "KRW|₩|won"),
    ("money:RUB", "RUB", "1", "RUB|₽|rouble|ruble"),
    ("money:TRY", "TRY", "1", "TRY|₺|lira"),
    ("money:UAH", "UAH", "1", "UAH|₴|hryvnia"),
    ("money:NGN", "NGN", "1", "NGN|₦|naira"),
    ("money:ILS", "ILS", "1", "ILS|₪|shekel"),
    ("money:VND", "VND", "1", "VND|₫|dong"),
    ("money:PHP", "PHP", "1", "PHP|₱|Philippine peso"),
    ("money:THB", "THB", "1", "THB|฿|baht"),
    ("money:CHF", "CHF", "1", "CHF|Swiss franc|franc"),
    ("money:PLN", "PLN", "1", "PLN|zloty|zł"),
    ("money:SEK", "SEK", "1", "SEK|Swedish krona|Swedish kronor|krona|kronor|kr"),
    ("money:NOK", "NOK", "1", "NOK|Norwegian krone|Norwegian kroner|krone|kroner|kr"),
    ("money:DKK", "DKK", "1", "DKK|Danish krone|Danish kroner|krone|kroner|kr"),
    ("money:CZK", "CZK", "1", "CZK|koruna"),
    ("money:HUF", "HUF", "1", "HUF|forint"),
    ("money:BRL", "BRL", "1", "BRL|R$|real|reais"),
    ("money:MXN", "MXN", "1", "MXN|Mexican peso|peso"),
    ("money:ZAR", "ZAR", "1", "ZAR|rand"),
    ("money:BTC", "BTC", "1", "BTC|bitcoin"),
    ("money:$", "cent", "0.01", "cent|¢"),
    ("money:EUR", "cent", "0.01", "cent"),
    ("money:GBP", "penny", "0.01", "penny|pence"),
)

#: Words that multiply; "m" is also metre and minute, "t" is tonne only, "b" billion only.
SCALES: dict[str, Decimal] = {
    spelling: Decimal(factor)
    for factor, spellings in (
        ("1e2", "hundred"),
        ("12", "dozen"),
        ("1e3", "thousand|k|K"),
        ("1e5", "lakh|lakhs"),
        ("1e6", "million|millions|mn|mln|mio|m|M"),
        ("1e7", "crore|crores"),
        ("1e9", "billion|billions|bn|bln|b|B"),
        ("1e12", "trillion|trillions|tn|trn"),
    )
    for spelling in spellings.split("|")
}

_DOLLARS = frozenset(f"money:{code}" for code in ("USD", "AUD", "CAD", "NZD", "HKD", "SGD"))
_YENS = frozenset({"money:JPY", "money:CNY"})


def _spelled(rows: Iterable[tuple[str, str, str, str]]) -> dict[str, tuple[Unit, ...]]:
    """Index the units by spelling; longer words also by their plural and in lower case."""
    table: dict[str, tuple[Unit, ...]] = {}
    for dimension, symbol, factor, spellings in rows:
        unit = Unit(symbol, dimension, Decimal(factor))
        for spelling in spellings.split("|"):
            lower = spelling.lower()
            is_word = len(spelling) > 2 and not spelling.isupper()
            forms = {spelling, lower, lower + "s"} if is_word else {spelling}
            for form in sorted(forms):
                table[form] = (*table.get(form, ()), unit)
    return table


_BY_SPELLING = _spelled(UNITS)

#: What may stand before a number: currency signs and codes.
MONEY_PREFIXES: tuple[str, ...] = tuple(
    sorted(
        {
            spelling
            for dimension, _, factor, spellings in UNITS
            for spelling in spellings.split("|")
            if dimension.startswith("money:") and factor == "1"
            if spelling.isupper() or not spelling.isalpha() or spelling == "Rs"
            if " " not in spelling
        },
        key=lambda spelling: (-len(spelling), spelling),
    )
)


def units_spelled(spelling: str) -> tuple[Unit, ...]:
    """Return every unit a spelling may mean; case counts for single letters."""
    exact = _BY_SPELLING.get(spelling) or _BY_SPELLING.get(spelling.rstrip("."))
    if exact or len(spelling) == 1:
        return exact or ()
    return _BY_SPELLING.get(spelling.lower()) or _BY_SPELLING.get(spelling.rstrip(".").lower(), ())


def scale_spelled(spelling: str) -> Decimal | None:
    """Return the factor of a scale word ("million", "bn", "k"), or None."""
    return SCALES.get(spelling) or SCALES.get(spelling.rstrip(".").lower())


def converts(given: Unit, wanted: Unit) -> bool:
    """Whether an amount in `given` can be an amount in `wanted`.

    A bare "$" in a reply fits any dollar, and a key's bare "$" means the US dollar.
    """
    if given.dimension == wanted.dimension:
        return True
    if given.dimension == "money:$":
        return wanted.dimension in _DOLLARS
    if given.dimension == "money:¥":
        return wanted.dimension in _YENS
    if wanted.dimension == "money:$":
        return given.dimension == "money:USD"
    return wanted.dimension == "money:¥" and given.dimension in _YENS
