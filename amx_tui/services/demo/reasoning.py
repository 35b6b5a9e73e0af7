"""Why a model described an asset as it did: the reasoning that the demo's results carry."""

from __future__ import annotations

from random import Random

from amx_tui.services.demo.dictionary import Asset

__all__ = ["FAILURES", "REJECTIONS", "reasoning_for"]

FAILURES = (
    "The model's answer was not valid JSON after 3 attempts.",
    "429 Too Many Requests: gave up after 5 retries.",
    "Sampling timed out after 30 s; the name alone was not enough for a description.",
    "The table is empty, and nothing else in the schema refers to this column.",
    "The answer repeated the column's name and was discarded by the quality check.",
)
"""What stands in error_text where nothing was drafted."""

REJECTIONS = (
    "Says no more than the name does.",
    "Wrong: describes what the column meant before the migration.",
    "Too long for a comment, and the codes are missing.",
    "We keep one wording for this in all tables; see the glossary.",
    "Guesses a rule that does not exist.",
)
"""What reviewers wrote when they rejected a draft."""

_KEY = (
    "First part of the primary key; all {n} sampled values are distinct.",
    "Numbers without gaps or meaning, never null, and the first column of {table}: a surrogate key.",
)
_REFERENCE = (
    "All {n} sampled values occur as keys elsewhere, and the suffix _sk marks references in {schema}.",
    "The name ends like the key of another table, and the value ranges of both agree.",
)
_TIME = (
    "Timestamps of the last two years, {share} % empty, never earlier than the row's first event.",
    "The suffix _at is used for events throughout {schema}; samples fall into day and night alike, so UTC.",
)
_DATE = (
    "Dates without time, {share} % empty; days cluster at month ends.",
    "Calendar days; the name says which boundary they stand for.",
)
_MONEY = (
    "Two decimals, between 0.00 and {high} in {n} samples; other amounts in {table} add up with it.",
    "A decimal type beside a currency code; the sum over {table} agrees with the totals in the code base.",
)
_FLAG = (
    "Two values only, true in {share} % of {n} samples.",
    "Boolean; the name reads as a statement about the row.",
)
_CODE = (
    "{few} distinct values in {n} samples, all in capitals; their meaning follows from the application code.",
    "A short code with {few} values. The list was found in an enum of the shop's repository.",
)
_COUNT = (
    "Whole numbers from 0 to {few}, rarely null.",
    "Small integers whose distribution has a long tail, as counts have.",
)
_TEXT = (
    "Free text, median length {few} characters; {share} % of {n} samples are empty.",
    "Mixed spelling in the samples shows that people type it; the name says what.",
)
_TABLE = (
    "Read off the columns, {rows} rows and the tables that refer to it.",
    "The key, the foreign keys and a page of the data handbook agree on what a row is.",
)
_DOUBT = (
    " The prefix x_ is used nowhere else in {schema}: please check.",
    " Samples contradict the name in {share} % of the rows, so confidence is low.",
)


def reasoning_for(asset: Asset, confidence: str, random: Random) -> str:
    """Write the reasoning behind a draft, in the words of what the asset's name and type suggest."""
    pattern = random.choice(_patterns(asset))
    if confidence == "low":
        pattern += random.choice(_DOUBT)
    return pattern.format(
        schema=asset.schema,
        table=asset.table or asset.schema,
        n=random.choice((50, 100, 200, 500)),
        share=random.randrange(2, 68),
        few=random.randrange(3, 24),
        high=f"{random.randrange(90, 9_000):,}.{random.randrange(100):02}",
        rows=f"{asset.row_count:,}",
    )


def _patterns(asset: Asset) -> tuple[str, ...]:
    """The patterns that fit the asset."""
    name, dtype = asset.column, asset.dtype
    if not name:
        return _TABLE
    for fits, patterns in (
        (name.endswith(("_sk", "_no", "_id", "_sku", "_code")) and asset.position == 0, _KEY),
        (name.endswith("_sk"), _REFERENCE),
        (dtype.startswith("timestamp"), _TIME),
        (dtype in {"date", "time"}, _DATE),
        (dtype.startswith("numeric"), _MONEY),
        (dtype == "boolean", _FLAG),
        (dtype.startswith("char") or dtype in {"varchar(8)", "varchar(10)", "varchar(12)"}, _CODE),
        (dtype in {"integer", "smallint", "bigint"}, _COUNT),
    ):
        if fits:
            return patterns
    return _TEXT
