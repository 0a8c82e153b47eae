"""De-identification of studies and images: PS3.15 basic profile, new UIDs, shifted dates, and a check at the end."""

from spoils.io.deidentify.burned_in import holds_text
from spoils.io.deidentify.profile import Cleaning
from spoils.io.deidentify.pseudonyms import Pseudonyms
from spoils.io.deidentify.run import Deidentification, Deidentified, write_deidentified

__all__ = ["Cleaning", "Deidentification", "Deidentified", "Pseudonyms", "holds_text", "write_deidentified"]
