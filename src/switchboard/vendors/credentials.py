"""The secrets of a connection: masked wherever they are printed, opened only to get a token."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class _Credentials(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class RingCentralCredentials(_Credentials):
    """A RingCentral app and the JWT credential of the user it acts for."""

    client_id: str = Field(min_length=1)
    client_secret: SecretStr = Field(min_length=1)
    jwt: SecretStr = Field(min_length=1)


class ZohoCredentials(_Credentials):
    """A Zoho client and the refresh token its administrator granted."""

    client_id: str = Field(min_length=1)
    client_secret: SecretStr = Field(min_length=1)
    refresh_token: SecretStr = Field(min_length=1)


class ZohoSelfClient(_Credentials):
    """A Zoho self client that acts for one organisation without a refresh token.

    `soid` names product and organisation: `ZohoDesk.700000001`.
    """

    client_id: str = Field(min_length=1)
    client_secret: SecretStr = Field(min_length=1)
    soid: str = Field(min_length=1)
    scopes: tuple[str, ...] = Field(min_length=1)


class SmtpCredentials(_Credentials):
    """How the mail server knows us; a server that needs no sign-in has none."""

    username: str = Field(min_length=1)
    password: SecretStr = Field(min_length=1)


class ZohoDeskKey(_Credentials):
    """What ZOHO_DESK_API_KEY holds: `client_id:client_secret`, or with `:refresh_token` behind."""

    key: SecretStr = Field(min_length=1)
