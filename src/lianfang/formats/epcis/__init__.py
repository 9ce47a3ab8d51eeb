"""EPCIS 2.0 and CBV 2.0 in JSON(-LD): reading, checking, canonical form and hash, identifiers, units. No Django."""
