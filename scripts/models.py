"""The models of a week, role by role, from the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import Engine

from generator.budget import Budget, Fuse, Limit, Price, read_prices
from generator.desk import Desk, Desks
from generator.llm import build_model, model_family
from scripts.call_book import StoredCalls, calls_left, usd_left
from store.errors import ModelCallError, SettingsError
from store.settings import OFFLINE, Settings

#: Who words or judges should say the same on a second try; who reads or guesses is asked several
#: times and must not (questions.md §2, check 19).
_TEMPERATURES = {"writer": 0.0, "paraphraser": 0.0, "judge": 0.0}
_TEMPERATURE = 0.7


def desks_of(
    settings: Settings,
    engine: Engine,
    week: str,
    clock: Callable[[], datetime],
    note: Callable[[str], None],
) -> Desks:
    """Return every role that is filled.

    A role whose model cannot be set up, or has no price under a budget of dollars, is noted and
    left empty: then the checks without a model do its work, or hold what needs it.
    """
    if warning := same_family_warning(settings):
        note(warning)
    makes = _Maker(settings, engine, week, clock, note)
    filled = {
        role: tuple(desk for spec in specs if (desk := makes.desk(role, spec)))
        for role, specs in models_by_role(settings).items()
    }
    one = {role: desks[0] if desks else None for role, desks in filled.items()}
    return Desks(
        writer=one["writer"],
        verifier=one["verifier"],
        second=one["second_verifier"],
        guessers=filled["guesser"],
        paraphraser=one["paraphraser"],
        judge=one["judge"],
    )


def models_by_role(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Return the model strings of each role, none where it is offline.

    Guessing falls to the verifier and the writer where nobody else is named, rewording and
    judging to the verifier.
    """
    named = [part.strip() for part in settings.guessers.split(",") if part.strip()]
    specs = {
        "writer": [settings.writer],
        "verifier": [settings.verifier],
        "second_verifier": [settings.second_verifier],
        "guesser": named or [settings.verifier, settings.writer],
        "paraphraser": [settings.paraphraser or settings.verifier],
        "judge": [settings.judge or settings.verifier],
    }
    return {
        role: tuple(dict.fromkeys(spec for spec in some if spec != OFFLINE))
        for role, some in specs.items()
    }


def same_family_warning(settings: Settings) -> str | None:
    """Return a sentence when the verifier is of the writer's family: nobody grades his own work."""
    writer, verifier = settings.writer, settings.verifier
    if OFFLINE in (writer, verifier) or model_family(writer) != model_family(verifier):
        return None
    return (
        f"the verifier {verifier} is of the writer's family ({model_family(writer)}); "
        "set UNSEEN_VERIFIER to another maker's model"
    )


class _Maker:
    """Makes desks that share one budget, one limit and one fuse a model."""

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        week: str,
        clock: Callable[[], datetime],
        note: Callable[[str], None],
    ) -> None:
        self._settings, self._note = settings, note
        self._book = StoredCalls(engine, week, clock)
        self._budget = Budget(
            calls_left(engine, week, settings.budget_calls),
            usd_left(engine, week, settings.budget_usd),
        )
        self._limit = Limit(settings.model_concurrency)
        self._fuses: dict[str, Fuse] = {}
        self._prices = self._read_prices()

    def _read_prices(self) -> Mapping[str, Price]:
        try:
            return read_prices(self._settings.prices)
        except SettingsError as error:
            self._note(str(error))
            return {}

    def desk(self, role: str, spec: str) -> Desk | None:
        """Return one role's desk; None when it cannot be set up."""
        price = self._prices.get(spec)
        if self._settings.budget_usd is not None and price is None:
            self._note(
                f"no {role}: UNSEEN_BUDGET_USD is set, and UNSEEN_PRICES does not say what "
                f"{spec} costs"
            )
            return None
        key = self._settings.model_api_key
        try:
            model = build_model(
                spec,
                base_url=self._settings.model_base_url,
                api_key=key.get_secret_value() if key else None,
                temperature=_TEMPERATURES.get(role, _TEMPERATURE),
                timeout_s=self._settings.model_timeout_s,
            )
        except ModelCallError as error:
            self._note(f"no {role}: {error}")
            return None
        fuse = self._fuses.setdefault(spec, Fuse())
        return Desk(role, model, self._book, self._budget, fuse, self._limit, price)
