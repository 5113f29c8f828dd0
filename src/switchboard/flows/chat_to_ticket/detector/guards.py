"""Rules that overrule the model where counting words misleads it."""

from __future__ import annotations

import re
import unicodedata

_LETTERS_TO_JUDGE = 6
_FOREIGN_SHARE = 0.3
_LEAST_FOREIGN_WORDS = 2
_KNOWN_GRAMS = 0.5

# One-word messages that are a whole request; any other single word is asked about.
WHOLE_REQUESTS = frozenset(
    {
        *("reboot", "restart", "rebooting", "restarting"),
        *("unlock", "lockout", "locked"),
        *("printer", "printing", "print"),
    }
)

_FUNCTION_WORDS = {
    "es": "el la los las un una que de del y en por para con mi mis no se me es está esta tengo "
    "puedo quiero necesito hola gracias ayuda contraseña impresora cuenta correo muy pero como",
    "fr": "le les des une est et je ne pas mon ma mes vous avec pour dans sur bonjour merci "
    "peux veux ai suis mot passe imprimante compte marche plus aide ça il elle du au",
    "de": "der die das ein eine ich nicht und ist mein meine mit für auf kann bitte habe wir "
    "hallo danke passwort drucker geht mehr zu dem den es von funktioniert konto hilfe",
    "pt": "o os as um uma que não em por para com meu minha eu está estou posso preciso olá "
    "obrigado senha impressora conta ajuda da do na muito mais",
    "it": "il lo gli un una che non di per con mio mia sono è posso voglio ho ciao grazie della "
    "stampante aiuto del nel funziona ma anche questo",
    "nl": "de het een ik niet en is mijn met voor op kan wil heb wij hallo dank wachtwoord "
    "werkt van naar dat maar geen meer hulp alstublieft",
    "pl": "nie i w na z do jest mój moja mam mogę chcę proszę dzień dobry hasło drukarka "
    "konto się że jak działa pomoc dziękuję",
    "hi": "mera meri mujhe nahi hai ho raha kar kya ka ki ko se hain kaise karna chahiye aap "
    "kripya madad chal bhai gaya",
}
_ENGLISH_WORDS = (
    "the a an i my me is are it to and of in on for with not can can't please you your we our has "
    "have this that from when at be do doesn't won't but get need want was there they he she his "
    "her its isn't how what why who help all no as so up out about just"
)
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
_FOREIGN = {
    language: frozenset(words.split()) - _ENGLISH for language, words in _FUNCTION_WORDS.items()
}
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_WHAT = r"\b(?:it|that|everything|all|this|the \w+|my \w+|we)"
_RESOLVED = re.compile(
    rf"{_WHAT}(?:'s| is| are)?(?: now| all| just| seems to)* (?:works?|working) "
    r"(?:again|now|fine now)\b|"
    rf"{_WHAT}(?:'s| is| are|'re| has been| seems)(?: now| all| just| already)* "
    r"(?:back(?: up| now| again| online)*|fixed|solved|resolved|sorted|(?:good|okay?|fine) now)\b|"
    r"\b(?:works|working|solved|fixed|resolved|fine|good|ok) (?:again|now)\b|"
    r"\b(?:problem|issue) (?:is )?(?:solved|gone|fixed|resolved)\b|"
    r"\b(?:it fixed itself|solved it myself|figured it out|got it to work|never ?mind)\b"
)
_NEVER_MIND = re.compile(r"\bnever ?mind\b")
_NOT_RESOLVED = re.compile(
    r"n't\b|\b(?:not|no longer|never|but|until|unless|if|then|how|again and again|"
    r"can you|could you|need|want|please|yet|still|since|after|before|when|however)\b|\?"
)


def foreign_language(plain: str) -> bool:
    """Tell whether a message, plain but not normalised, is in another language than English."""
    letters = [each for each in plain if each.isalpha()]
    if len(letters) >= 2:  # noqa: PLR2004 - one letter proves nothing
        foreign = sum(not _latin(each) for each in letters)
        if foreign / len(letters) > _FOREIGN_SHARE:
            return True
    words = set(_WORD.findall(plain))  # One word said twice is no second proof.
    english = sum(word in _ENGLISH for word in words)
    most = max(sum(word in known for word in words) for known in _FOREIGN.values())
    return most >= _LEAST_FOREIGN_WORDS and most > english


def gibberish(words: list[str], gram_share: float) -> bool:
    """Judge unknown words by the share of their letter groups that the examples have too."""
    letters = sum(len(word) for word in words if word.isalpha())
    return letters >= _LETTERS_TO_JUDGE and gram_share < _KNOWN_GRAMS


def resolved(text: str) -> bool:
    """Tell whether a normalised message only says that the matter is settled."""
    return (
        _RESOLVED.search(text) is not None
        and _NOT_RESOLVED.search(_NEVER_MIND.sub("", text)) is None
    )


def _latin(letter: str) -> bool:
    return letter.isascii() or unicodedata.name(letter, "").startswith("LATIN")
