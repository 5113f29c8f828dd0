"""A model as bytes and back: arrays and text only, so that reading a file can run no code."""

from __future__ import annotations

import hashlib
import io
import json
from functools import cache
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from switchboard.flows.chat_to_ticket.detector.lexicon import Lexicon
from switchboard.flows.chat_to_ticket.detector.model import Chances, Model
from switchboard.flows.chat_to_ticket.models import LABELS

_ARRAYS = ("idf", "weights", "intercepts", "first", "second")
_EVIDENCE = 5


class UnusableModelError(ValueError):
    """The bytes are no model, are damaged, or were written by another version."""


@cache
def code_version() -> str:
    """Return a digest of this package's source: other code, other features, other model."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def dump(model: Model) -> bytes:
    """Return the model as the bytes of an .npz file."""
    words = {
        "version": code_version(),
        "vocabulary": sorted(model.vocabulary, key=model.vocabulary.__getitem__),
        "classes": model.classes,
        "workflows": model.workflows,
        "labels": model.labels,
        "familiar": sorted(model.familiar),
        "concepts": model.lexicon.concepts,
    }
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        words=np.frombuffer(json.dumps(words).encode(), dtype=np.uint8),
        idf=model.idf,
        weights=model.weights.astype(np.float32),
        intercepts=model.intercepts,
        first=model.chances.first,
        second=model.chances.second,
    )
    return buffer.getvalue()


def parse(content: bytes) -> Model:
    """Return the model of such bytes, or refuse them."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            words = json.loads(file["words"].tobytes())
            arrays = {name: np.asarray(file[name], dtype=np.float64) for name in _ARRAYS}
        model = Model(
            {feature: at for at, feature in enumerate(words["vocabulary"])},
            arrays["idf"],
            arrays["weights"],
            arrays["intercepts"],
            tuple(words["classes"]),
            int(words["workflows"]),
            tuple(words["labels"]),
            frozenset(words["familiar"]),
            Lexicon(words["concepts"]),
            Chances(arrays["first"], arrays["second"]),
        )
    # A damaged file may break the archive, the numbers or the text in it.
    except (
        BadZipFile,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        OSError,
        EOFError,
    ) as error:
        raise UnusableModelError(type(error).__name__) from error
    except (NotImplementedError, RuntimeError, MemoryError) as error:
        raise UnusableModelError(type(error).__name__) from error
    if words["version"] != code_version():
        raise UnusableModelError("written by another version")
    if not _whole(model):
        raise UnusableModelError("parts that do not fit each other")
    return model


def _whole(model: Model) -> bool:
    features, classes = len(model.vocabulary), len(model.classes)
    arrays = (model.idf, model.weights, model.intercepts, *_curves(model))
    return (
        model.idf.shape == (features,)
        and model.weights.shape == (features, classes)
        and model.intercepts.shape == (classes,)
        and all(each.shape == (_EVIDENCE,) for each in _curves(model))
        and all(bool(np.isfinite(each).all()) for each in arrays)
        and len(model.labels) == classes > model.workflows >= len(LABELS)
        and model.classes[: len(LABELS)] == LABELS
    )


def _curves(model: Model) -> tuple[np.ndarray, np.ndarray]:
    return model.chances.first, model.chances.second
