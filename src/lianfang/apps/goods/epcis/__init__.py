"""EPCIS 2.0: the events of goods as others write and ask for them."""
