"""Family L2, ``CertShare``: a provincial sharing platform over JSON with a static key pair and encrypted payloads.

Requests are POST ``{head: {accessId, accessToken}, data: {…}}`` below ``/certshare``; replies are ``{head: {status,
message}, data: {certData}}`` where certData is the hexadecimal SM2 ciphertext (C1C3C2 with the byte 04) of UTF-8 JSON
for the consumer's public key, and empty unless status is 0.

Its quirks, with their numbers in the list of quirks:

- 1: success is ``head.status``, a number, and HTTP is 200.
- 3: JSON, encrypted, in hexadecimal, in JSON; files are base64 within that.
- 4: the static token travels in the body.
- 5: its own codes of document types and states.
- 6: files by temporary URL on a host that cannot be reached as it is named (``cert-files.invalid``), or inline.
- 7: yyyy-MM-dd; no end is empty, or 9999-12-31 in records taken over from paper.
- 8: "null" as a string.
- 9: paging by ``pageToken``: 50 certificates, then ``nextPageToken``, empty on the last page.
- 10: ``useCause`` is required, and more than 200 characters count as missing.

Codes shown by a holder live for three minutes; so do temporary URLs.
"""
