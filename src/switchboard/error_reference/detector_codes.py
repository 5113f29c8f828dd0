"""What can be wrong with the examples the chat detector learns from."""

from __future__ import annotations

from switchboard.vendors.error_codes import ErrorCode

KEEP = "Goes on with the last examples that were in order"
SAY = "Says so and learns from it as it stands"

DETECTOR_CODES = (
    ErrorCode(
        "CHAT-001",
        "A file of chat examples is not valid YAML, or cannot be read",
        KEEP,
        "Correct the line named, then `switchboard chat lint`",
    ),
    ErrorCode(
        "CHAT-002",
        "A file of chat examples has the wrong form",
        KEEP,
        "Write it as detector.md shows",
    ),
    ErrorCode(
        "CHAT-003",
        "Chat examples are for a label that does not exist",
        KEEP,
        "Use one of the labels the message names",
    ),
    ErrorCode(
        "CHAT-004",
        "Two files of chat examples share an id",
        KEEP,
        "Put them together, or give one another id",
    ),
    ErrorCode(
        "CHAT-005",
        "There are too few chat examples to learn from",
        KEEP,
        "Add examples (at least 8), or remove `replace`",
    ),
    ErrorCode(
        "CHAT-006",
        "There are few chat examples for one label",
        SAY,
        "Add examples; 40 to 60 of many kinds are best",
    ),
    ErrorCode(
        "CHAT-007",
        "The same chat example stands under two labels",
        KEEP,
        "Keep it where it belongs; if both may be meant, move it to `either`",
    ),
    ErrorCode(
        "CHAT-008",
        "YAML may read a chat example as something else than text",
        SAY,
        "Put quotation marks around the sentence",
    ),
    ErrorCode(
        "CHAT-009",
        "Nearly the same chat example stands under two labels",
        SAY,
        "Keep one, or say more clearly what is different",
    ),
    ErrorCode(
        "CHAT-010",
        "The detector goes by an older set of examples, because the files hold errors",
        "Goes on understanding visitors as before",
        "Correct what `switchboard chat lint` names",
    ),
    ErrorCode(
        "CHAT-011",
        "A line of `switchboard chat classify --jsonl` is not JSON with a text",
        "Answers that line with the error and goes on",
        'Write {"text": "..."} on a line of its own',
    ),
    ErrorCode(
        "CHAT-012",
        "There is no message to classify",
        "Refuses the command; nothing was done",
        "Write the message behind the command, or use --jsonl",
    ),
)
