"""The language of a browser or program, from its request."""

from __future__ import annotations

from fastapi import Request

from spoils.messages import Language, Translator, translator_for

__all__ = ["language_of", "translator_of"]


def language_of(request: Request) -> Language:
    """Return the first language of the browser that there are pages in; English if there is none."""
    weighted = []
    for part in request.headers.get("Accept-Language", "").split(",")[:20]:
        name, _, quality = part.strip().partition(";q=")
        try:
            weighted.append((-float(quality or 1), name[:2].lower()))
        except ValueError:
            continue
    known = {language.value for language in Language}
    return next((Language(name) for _, name in sorted(weighted) if name in known), Language.ENGLISH)


def translator_of(request: Request) -> Translator:
    """Return the translator for the language of the browser."""
    return translator_for(language_of(request))
