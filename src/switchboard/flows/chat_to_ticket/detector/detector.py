"""The detector as the rest of the product uses it: load once, call with each message."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from switchboard.config.findings import ConfigError, Finding
from switchboard.flows.chat_to_ticket.detector.cache import ModelCache
from switchboard.flows.chat_to_ticket.detector.classify import classify
from switchboard.flows.chat_to_ticket.detector.findings import found
from switchboard.flows.chat_to_ticket.detector.model import Model
from switchboard.flows.chat_to_ticket.detector.sources import OWN, SHIPPED, Sources, read_sources
from switchboard.flows.chat_to_ticket.detector.train import train
from switchboard.flows.chat_to_ticket.models import Learning, Verdict


class Detector:
    """Classify messages by the examples of a configuration; `reload` after they were edited."""

    def __init__(self, root: Path | None = None, *, shipped: Path = SHIPPED) -> None:
        self._root, self._shipped = root, shipped
        self._cache = ModelCache(root)
        self._key = self._learnt = self._refused = ""
        self._model: Model | None = None
        self.findings: tuple[Finding, ...] = ()
        self.reload()

    def __call__(self, text: str) -> Verdict:
        """Judge one message."""
        return classify(self.model, text)

    @property
    def model(self) -> Model:
        """What is gone by at the moment."""
        if self._model is None:
            raise RuntimeError("a detector without a model is never made")
        return self._model

    def learning(self) -> Learning:
        """Tell whether messages are judged by the files as they stand now; reads them."""
        key = read_sources(self._root, self._shipped).key
        if key == self._learnt:
            return "learnt"
        return "refused" if key == self._refused else "learning"

    def reload(self) -> bool:
        """Learn anew if the files changed; tell whether they did.

        With errors in an operator's file the last good model stays, and `findings` say why.
        """
        sources = read_sources(self._root, self._shipped)
        key = sources.key
        if key == self._key and not sources.unreadable:
            return False
        self._key = key
        known = None if sources.unreadable else self._cache.get(key)
        if known is not None:
            self._model, self.findings, self._learnt = known, (), key
            return True
        corpus, findings = sources.corpus()
        if any(each.severity == "error" for each in findings):
            self._keep(sources, findings)
            self._refused = key
        else:
            self._model, self.findings = train(corpus), tuple(findings)
            self._learnt = key
            self._cache.put(key, self._model)
        return True

    def _keep(self, sources: Sources, findings: Sequence[Finding]) -> None:
        """Go on with the last good model, or with what we ship."""
        if self._model is None:
            self._model = self._cache.last_good() or self._ours(sources)
        words = "Visitors are understood by an older set of examples until the errors are corrected"
        self.findings = (*findings, found("CHAT-010", OWN.as_posix(), f"{words}."))

    def _ours(self, sources: Sources) -> Model:
        ours = sources.ours_alone()
        corpus, findings = ours.corpus()
        if any(each.severity == "error" for each in findings):
            raise ConfigError(findings)
        model = train(corpus)
        self._cache.put(ours.key, model)
        return model
