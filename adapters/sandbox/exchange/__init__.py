"""The national exchange of shared data as a department knows it (REST, JSON): catalogue, requests, grants, records.

Quirks: one envelope for everything, HTTP 200 for refusals too; every call is signed in headers (base64 of HMAC-SHA256
over lines) with a secret that lives for minutes and is fetched, or refreshed, with a call that is signed otherwise;
requests are numbered, and the same key sent twice is two requests; a conditional request is decided in two stages;
with an approval comes a secret that every use has to name; standings, sharing types and item types are numbers as
texts; several names in one text joined with commas; times as ``yyyy-MM-dd HH:mm:ss``, days as ``yyyyMMdd``.
A dispute over a record names the approved request and the record's keys, and brings digests of the files that show it;
a corrected record has its new values from then on.
Faults: ``forget`` numbers a request and knows nothing of it later, ``unanswered`` takes one and does not answer,
``more-fields`` gives every field whatever was named, ``other-person`` somebody else's record beside the right one.
"""
