"""Where the token may go, and what messages and settings say about audio."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from switchboard.errors import OperatorError, RejectedError
from switchboard.vendors.bodies import Download
from switchboard.vendors.exchange import Answer, UnreadableError
from switchboard.vendors.queueing import Urgency
from switchboard.vendors.ringcentral import content
from switchboard.vendors.ringcentral.models import Message

MEDIA = "https://media.ringcentral.com"
ALLOWED = frozenset({content.origin_of(MEDIA), content.origin_of("http://127.0.0.1:8900/rc")})
PATH = "/restapi/v1.0/account/1/recording/2/content"


def a_download() -> Download:
    return Download(bytearray().extend, most_bytes=9, seconds=9, code="RC", title="RingCentral")


def an_answer(document: Any) -> Answer:
    return Answer(200, httpx.Headers(), json.dumps(document).encode())


@pytest.mark.parametrize(
    "base", [MEDIA, f"{MEDIA}:443", "https://MEDIA.ringcentral.com", "http://127.0.0.1:8900"]
)
def test_addresses_are_used_as_given_where_the_host_is_allowed(base: str) -> None:
    """With or without the port that https has anyway."""
    request = content.content_request(base + PATH, "recording", a_download(), ALLOWED)
    assert request.url == base + PATH
    assert request.priority == Urgency.MEDIA
    assert list(request.costs) == ["ringcentral", "ringcentral:heavy"]
    assert "PATH" not in repr(request)


@pytest.mark.parametrize(
    "address",
    [
        "https://media.ringcentral.com.example.org" + PATH,
        "https://example.org/media.ringcentral.com" + PATH,
        "http://media.ringcentral.com" + PATH,
        f"{MEDIA}:8443{PATH}",
        "https://user@media.ringcentral.com" + PATH,
        f"{MEDIA}{PATH}?access_token=abc",
        "http://127.0.0.1:8901" + PATH,
        "//media.ringcentral.com" + PATH,
        "https://[broken" + PATH,
        f"{MEDIA}:port{PATH}",
        " " + MEDIA + PATH,
        MEDIA + "\t" + PATH,
        "",
    ],
)
def test_the_token_goes_nowhere_else(address: str) -> None:
    """Look-alikes, other ports, plain http, and addresses with a secret of their own."""
    with pytest.raises(OperatorError) as refused:
        content.content_request(address, "recording", a_download(), ALLOWED)
    assert refused.value.code == "RC-400"
    assert "abc" not in str(refused.value)


def test_a_recordings_address_can_be_made_from_its_id() -> None:
    """For records that name no address."""
    made = content.recording_uri(MEDIA + "/", "99/7")
    assert made == f"{MEDIA}/restapi/v1.0/account/~/recording/99%2F7/content"


def test_voicemail_content_belongs_to_the_medium_group() -> None:
    """ringcentral.md §7.1."""
    request = content.content_request(MEDIA + PATH, "voicemail", a_download(), ALLOWED)
    assert list(request.costs) == ["ringcentral", "ringcentral:medium"]


def a_message(**fields: Any) -> dict[str, Any]:
    audio = {"id": 5, "uri": f"{MEDIA}/a/5", "type": "AudioRecording", "contentType": "audio/wav"}
    text = {"id": 6, "uri": f"{MEDIA}/a/6", "type": "AudioTranscription"}
    document = {"id": 5, "type": "VoiceMail", "availability": "Alive", "attachments": [audio, text]}
    audio |= {"vmDuration": 12, "size": 96_044}
    return {**document, "vmTranscriptionStatus": "Completed", **fields}


def test_a_message_names_its_sound_and_its_text() -> None:
    """The id is a number here and a string in the call log."""
    found = content.read_messages(an_answer(a_message()), ["5"])["5"]
    assert found == Message(
        id="5",
        transcription="Completed",
        audio_uri=f"{MEDIA}/a/5",
        audio_type="audio/wav",
        audio_seconds=12,
        audio_size=96_044,
        transcript_uri=f"{MEDIA}/a/6",
    )


@pytest.mark.parametrize("attachments", [None, [], "odd", [{"type": "Text"}, "odd"]])
def test_a_message_without_sound_yet_is_a_message(attachments: Any) -> None:
    """The sound may lag; deleted ones keep their entry."""
    document = a_message(
        attachments=attachments, availability="Deleted", vmTranscriptionStatus=None
    )
    found = content.read_messages(an_answer(document), ["5"])["5"]
    assert found == Message(id="5", availability="Deleted")


def test_several_messages_come_in_parts() -> None:
    """One of them is gone, one was left out of the answer."""
    parts = [
        {"resourceId": "5", "status": 200, "body": a_message()},
        {"resourceId": "7", "status": 404, "body": {"errorCode": "CMN-102"}},
    ]
    found = content.read_messages(an_answer(parts), ["5", "7", "8"])
    assert isinstance(found["5"], Message)
    assert isinstance(found["7"], RejectedError)
    assert [getattr(found[one], "code", "") for one in ("7", "8")] == ["RC-404", "RC-500"]


def test_retention_is_what_the_account_says() -> None:
    """Nothing said is nothing known; nonsense neither."""
    settings = {"automatic": {"retentionPeriod": 30}, "onDemand": {"retentionPeriod": "soon"}}
    retention = content.read_retention(an_answer(settings))
    assert (retention.automatic_days, retention.on_demand_days) == (30.0, None)
    assert content.read_retention(an_answer({})).automatic_days is None
    with pytest.raises(UnreadableError):
        content.read_retention(an_answer([]))
