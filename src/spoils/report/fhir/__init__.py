"""An assessment as a transaction bundle of FHIR R4B that a server can store."""

from spoils.report.fhir.bundle import fhir_bundle, fhir_json

__all__ = ["fhir_bundle", "fhir_json"]
