"""A timestamping authority (RFC 3161 over HTTP): no system with data, but what seals and checkpoints ask for the time.

* ``POST /timestamps/sm2`` and ``/timestamps/ec`` give tokens by an SM2 key (GB/T 20520) and by an EC key;
* ``GET /timestamps/roots`` gives the anchors of both in PEM: they are made anew with every sandbox;
* ``GET /timestamps/crl`` gives the revocation lists of their authorities in PEM, empty and good for a week.
"""
