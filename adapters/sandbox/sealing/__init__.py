"""Three seal platforms, whose keys, seals and ledgers outlive their processes.

``hub``: a province's, REST, idempotent, at once, by polling or by callback, digests too.
``district``: REST of an older make, whole documents, can be asked what became of a key, but seals it again.
``bureau``: a city's old one, SOAP and GBK, whole documents at once, and nothing but a daily log to ask afterwards.
"""
