"""An assessment as FHIR R4B: a transaction bundle that a server can store as it is."""

from spoils.report.fhir.bundle import fhir_bundle, fhir_json

__all__ = ["fhir_bundle", "fhir_json"]
