"""Public text in the two languages of the gateway's users."""

from enum import StrEnum

import msgspec


class Language(StrEnum):
    """A language that callers can ask for; everything public is written in both."""

    ZH = "zh"
    EN = "en"


class Text(msgspec.Struct, frozen=True):
    """One sentence in Chinese and in English, with ``{placeholders}`` that both spell alike."""

    zh: str
    en: str

    def render(self, language: Language, **values: object) -> str:
        """The sentence in ``language`` with its placeholders filled; a missing value is a KeyError."""
        return (self.zh if language is Language.ZH else self.en).format(**values)

    def format(self, **values: object) -> "Text":
        """The same sentence with its placeholders filled in both languages."""
        return Text(self.zh.format(**values), self.en.format(**values))
