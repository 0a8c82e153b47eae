"""What is said to people, in their language: sentences are looked up by their English wording in message catalogues."""

from spoils.messages.phrases import Language, Phrases, phrases_in

__all__ = ["Language", "Phrases", "phrases_in"]
