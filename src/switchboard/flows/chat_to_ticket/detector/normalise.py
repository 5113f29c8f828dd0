"""Bring what people type into one spelling, so that the model learns matters and not habits."""

from __future__ import annotations

import re
import unicodedata

# The end of a long story often holds the request, so both ends are read.
HEAD_CHARACTERS, TAIL_CHARACTERS = 1600, 400

_QUOTES = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u02bc": "'",
        "\u00b4": "'",
        "`": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u2013": "-",
        "\u2014": " - ",
        "\u2026": "...",
    }
)
_NOT_TEXT = re.compile(r"[^\S\n]+|[\x00-\x08\x0b-\x1f\x7f]")
_LETTERS_REPEATED = re.compile(r"([a-z])\1{2,}")
_MARKS_REPEATED = re.compile(r"([!?.,])[!?.,]+")


def _words(*alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{'|'.join(alternatives)})(?![\w-])")


def _table(rows: dict[str, str]) -> dict[str, str]:
    return {word: meant for meant, words in rows.items() for word in words.split()}


# Words that stand for another one; what has more than one word is below.
_WORDS = _table(
    {
        "reboot": "re-boot",
        "rebooted": "re-booted",
        "restart": "re-start",
        "email": "e-mail e-mails emial eamil emal e-mial mial",
        "emails": "emials mails",
        "outlook": "outlok outllok oulook outlock",
        "quickbooks": "qb qbs qbo qbd qbw quick-book quick-books quickbook quikbook quikbooks "
        "quickboks qbook qbooks quicbooks quikboks quickbook's quickbooks'",
        "password": "pw pwd pswd psw passwd pasword passwort passwrod passwrd passw paswd pword",
        "passwords": "pws pwds passwds",
        "mfa": "2fa 2-fa tfa two-factor 2-factor two-step 2-step otp multi-factor multifactor",
        "remote desktop": "rdp rdc mstsc rds remotedesktop",
        "account": "acct accts acc acnt accnt",
        "server": "srv svr srvr servr sever servers",
        "disk": "hdd hdds ssd harddrive harddisk disc discs",
        "windows": "win",
        "login": "log-in log-on logon logins sign-in sign-on signin logg-in",
        "zzsize": "gig gigs gb gbs gigabyte gigabytes tb tbs terabyte terabytes",
        "you": "u",
        "are": "r",
        "please": "plz pls plse pleas plese pl",
        "thanks": "thx thnx tks thanx",
        "can't": "cant cannot cnt couldn't couldnt",
        "won't": "wont wnt",
        "doesn't": "dont don't doesnt dosnt didnt didn't doesnot",
        "isn't": "isnt arent aren't aint ain't wasn't wasnt weren't",
        "i'm": "im",
        "i've": "ive",
        "want to": "wanna",
        "going to": "gonna",
        "urgent": "asap a.s.a.p",
    }
)
_TOKEN = re.compile(r"(?<![\w-])[a-z0-9][\w'.-]*[\w']|(?<![\w-])[a-z](?![\w-])")

# What one of the words has to be in the text for the pattern to be tried; then the pattern, in
# this order. Each is linear in the length of the text.
_SPELLINGS: tuple[tuple[tuple[str, ...], re.Pattern[str], str], ...] = (
    (("@",), re.compile(r"(?<!\S)[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"), " zzmail "),
    (("\\\\",), re.compile(r"\\\\\w[\w.$\\-]{0,200}"), " shared folder "),
    (("re ",), _words("re boot"), "reboot"),
    (("re ",), _words("re start"), "restart"),
    (("out look",), _words("out look"), "outlook"),
    (("book", "boks"), _words("qu?ic?k books?", "quick boks", "q books"), "quickbooks"),
    ((".qb",), re.compile(r"\.qb[wbm]\b"), " quickbooks file "),
    (("pass word",), _words("pass words?"), "password"),
    (("factor", "step"), _words("(?:two|multi) (?:factor|step)"), "mfa"),
    (("time",), _words("one[- ]time (?:code|password|passcode|pin)"), "mfa code"),
    (("remot",), _words("remote? desk(?: ?top)?"), "remote desktop"),
    (("hard",), _words("hard[- ]dis[ck]s?", "hard[- ]drives?"), "disk"),
    ((" not",), _words("can not", "could not"), "can't"),
    (("will not",), _words("will not"), "won't"),
    ((" not",), _words("do not", "does not", "did not"), "doesn't"),
    ((" not",), _words("is not", "are not", "was not"), "isn't"),
    (("log", "sign"),
     _words("(?:log|sign|logging|signing|logged|signed|logs|signs)[- ](?:in|on)(?:to)?"), "login"),
    (("drive", ":"),
     re.compile(r"(?<!\w)(?:drive [c-z](?![\w'])|[c-z][: -]{1,2}drive|[c-z]: ?\\?(?=\s|$))"),
     " zzdrive drive "),
)  # fmt: skip
_DIGITS = re.compile(r"\d")
_WITH_DIGITS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?<![\w-])(?:srv|svr|server|app|vm|ts|sql|dc)[-_]?\d{1,4}(?![\w-])"), " server "),
    (_words("2[ -]?(?:factor|step)"), " mfa "),
    (_words(r"kb ?\d{6,7}"), " zzkb windows update "),
    (_words("win(?:dows)? ?(?:10|11|7|8)"), " windows zzversion "),
    (re.compile(r"\b(?:h[15]0[1-9]|h202|ps0\d\d|c=\d{2,4})\b"), " zzqberror "),
    (re.compile(r"(?<![\w-])-?6[01]\d\d(?:[ ,-]+-?\d{1,4}){0,2}(?![\w%])"), " zzqberror "),
    (re.compile(r"\b(?:0x)?80(?:07|24|0f)[0-9a-f]{4}\b"), " zzhex zzupdatehex "),
    (re.compile(r"\b0x0000[0-9a-f]{4}\b"), " zzhex zzlonghex "),
    (re.compile(r"\b0x[0-9a-f]{1,4}\b"), " zzhex zzshorthex "),
    (re.compile(r"\b0x[0-9a-f]{5,8}\b"), " zzhex "),
    (re.compile(r"(?<!\w)\d+(?:[.,]\d+)? ?(?:gb|gbs|gig|gigs|gigabytes?|tb|terabytes?|mb|kb|g)\b"),
     " zzsize "),
    (re.compile(r"(?<!\w)\d+(?:[.,]\d+)? ?(?:%|percent\b|pct\b|per cent\b)"), " zzpercent "),
    (re.compile(r"(?<!\w)\d{1,2}(?::\d\d)? ?(?:am|pm)\b"), " zztime "),
    (re.compile(r"(?<!\w)[#$]?\d[\d.,:/-]*(?!\w)"), " zznum "),
)  # fmt: skip
_ADDRESS = re.compile(r"(?:https?://|www\.)\S{1,300}")
_SPACES = re.compile(r"[^\S\n]+")


def shorten(text: str) -> str:
    """Keep both ends of a text that is too long to be read whole."""
    if len(text) <= HEAD_CHARACTERS + TAIL_CHARACTERS:
        return text
    return f"{text[:HEAD_CHARACTERS]} . {text[-TAIL_CHARACTERS:]}"


def plain(text: str) -> str:
    """Return the text shortened, in compatibility form and lower case, with plain quotes."""
    # Compatibility forms can be 18 times as long as what they stand for, hence twice.
    text = shorten(unicodedata.normalize("NFKC", shorten(text)))
    text = text.translate(_QUOTES).lower().replace("\r", "\n")
    return _NOT_TEXT.sub(" ", text).strip()


def normalise(text: str) -> str:
    """Return *text* in the one spelling that the model has learnt."""
    return respelt(plain(text))


def respelt(text: str) -> str:
    """Do the same with a text that is plain already."""
    text = _LETTERS_REPEATED.sub(r"\1\1", text)
    text = _MARKS_REPEATED.sub(r"\1", text)
    if "http" in text or "www." in text:
        text = _ADDRESS.sub(" ", text)
    if _DIGITS.search(text):
        for pattern, replacement in _WITH_DIGITS:
            text = pattern.sub(replacement, text)
    text = _TOKEN.sub(_meant, text)
    for signs, pattern, replacement in _SPELLINGS:
        if any(sign in text for sign in signs):
            text = pattern.sub(replacement, text)
    return _SPACES.sub(" ", text).strip()


def _meant(match: re.Match[str]) -> str:
    return _WORDS.get(match[0], match[0])
