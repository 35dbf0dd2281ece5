"""Proofs in two stages: calls signed with an app key fetch secrets that live for a time, others are signed with those.

What is signed and how it is written is each system's own; which tokens are good, and that a nonce counts once, is not.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Literal

import msgspec

from adapters.sandbox.credentials import same
from adapters.sandbox.secrets import Secrets
from gateway.core.clock import Clock

Stage = Literal["secret", "refresh", "call"]

_NONCES = 100_000
_LONGEST = 128


class Flaw(StrEnum):
    """What is wrong with a proof."""

    STRANGER = "stranger"
    MOMENT = "moment"
    SIGNATURE = "signature"
    OVER = "over"
    NONCE = "nonce"


class ProofInvalid(Exception):
    """A proof with a flaw."""

    def __init__(self, flaw: Flaw) -> None:
        self.flaw = flaw
        super().__init__(flaw.value)


class Proof(msgspec.Struct, frozen=True):
    """What a caller gives: who it is, its moment in whole units since the epoch, a nonce, the signature."""

    caller: str
    moment: str
    nonce: str
    signature: str


class Terms(msgspec.Struct, frozen=True):
    """How long things last, in seconds: a signed call either way of its moment, a secret, a refresh secret.

    ``units`` are those of a call's moment in a second.
    """

    window: int
    secret: int
    refresh: int
    units: int = 1


class Stages:
    """The tokens of one system and the proofs made with them.

    Args:
        caller: who may call.
        app_key: with which that caller fetches secrets.
        terms: how long things last.
        clock: by which moments are judged and secrets end.

    Attributes:
        one_login: whether new secrets end all earlier ones, as where only one session is allowed.
    """

    def __init__(self, caller: str, app_key: str, terms: Terms, clock: Clock) -> None:
        self.one_login = False
        self._caller = caller
        self._app_key = app_key
        self._terms = terms
        self._clock = clock
        self._secrets = Secrets(clock, terms.secret)
        self._refreshers = Secrets(clock, terms.refresh)
        self._nonces: OrderedDict[str, float] = OrderedDict()

    def prove(self, proof: Proof, stage: Stage, mark: Callable[[str], str]) -> str:
        """The token with which a call is signed; ``mark`` gives the signature that a token would make.

        Raises:
            ProofInvalid: STRANGER if something is missing or the caller is unknown, MOMENT outside the window,
                SIGNATURE for a wrong one, OVER for one with a secret that is over, NONCE for one that was used.
        """
        if not (proof.moment and proof.nonce and proof.signature and same(proof.caller, self._caller)):
            raise ProofInvalid(Flaw.STRANGER)
        now = self._clock.now().timestamp()
        moment = proof.moment
        readable = moment.isascii() and moment.isdecimal() and max(len(moment), len(proof.nonce)) <= _LONGEST
        if not readable or abs(now - int(moment) / self._terms.units) > self._terms.window:
            raise ProofInvalid(Flaw.MOMENT)
        live, over = self._tokens(stage)
        token = _signer(live, mark, proof.signature)
        if token is None:
            was_good = _signer(over, mark, proof.signature) is not None
            raise ProofInvalid(Flaw.OVER if was_good else Flaw.SIGNATURE)
        self._use_nonce(proof.nonce, now)
        return token

    def give(self) -> tuple[str, str]:
        """A new secret and a new refresh secret."""
        if self.one_login:
            self.end_all()
        return self._secrets.give(), self._refreshers.give()

    def refresh(self, refresher: str) -> tuple[str, str]:
        """Likewise in exchange for a refresh secret, which ends; the secret that came with it lives on."""
        self._refreshers.end(refresher)
        return self.give()

    def end_all(self) -> None:
        """Ends all secrets now."""
        self._secrets.end_all()
        self._refreshers.end_all()

    def _tokens(self, stage: Stage) -> tuple[Iterable[str], Iterable[str]]:
        match stage:
            case "secret":
                return (self._app_key,), ()
            case "refresh":
                return self._refreshers.live(), self._refreshers.over()
            case "call":
                return self._secrets.live(), self._secrets.over()

    def _use_nonce(self, nonce: str, now: float) -> None:
        while self._nonces and (len(self._nonces) >= _NONCES or next(iter(self._nonces.values())) < now):
            self._nonces.popitem(last=False)
        if nonce in self._nonces:
            raise ProofInvalid(Flaw.NONCE)
        # a moment from the future stays acceptable for twice the window
        self._nonces[nonce] = now + 2 * self._terms.window


def _signer(tokens: Iterable[str], mark: Callable[[str], str], given: str) -> str | None:
    """The token with which the signature was made."""
    return next((token for token in tokens if same(given, mark(token))), None)
