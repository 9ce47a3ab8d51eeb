"""HL7 v2.5.1 ORU^R01, in and out. Reading is tolerant of what real senders do, writing is validated strictly."""

from lianfang.formats.hl7.reading import read_oru
from lianfang.formats.hl7.writing import write_ack, write_oru

__all__ = ["read_oru", "write_ack", "write_oru"]
