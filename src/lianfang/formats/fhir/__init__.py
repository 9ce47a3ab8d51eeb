"""Laboratory reports as FHIR bundles, R4B and R5, validated by `fhir.resources` on the way in and out."""

from lianfang.formats.fhir.reports import Release, bundle_of, read_bundle

__all__ = ["Release", "bundle_of", "read_bundle"]
